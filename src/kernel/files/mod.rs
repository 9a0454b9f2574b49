//! Where the papers' bytes are kept, under random keys.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart, local::LocalFileSystem};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio::sync::{Mutex, Semaphore};

use crate::kernel::error::{AppError, one_line};
use crate::kernel::keys;

/// Bytes written at a time.
const WRITTEN: usize = 256 * 1024;
/// Files written at a time. More would take memory and threads, and no disk is the faster for it.
const WRITERS: usize = 8;
/// Bytes read at a time: each reading opens the file and takes a thread that may wait.
const PIECE: u64 = 64 * 1024;

/// A small file that tells the store from an empty folder in its place.
const MARK: &str = "gatehouse";
const MARK_TEXT: &str = "The papers of Gatehouse.\n";

/// How long the store may take to answer: a folder of another machine may never do.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long it is believed that files can be written, or cannot.
const TRY_EVERY: Duration = Duration::from_secs(2);

/// A file in the store.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// The key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// A store of files. Today a folder; any object store has the same interface.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    folder: Arc<Path>,
    writers: Arc<Semaphore>,
    /// When a file was last written to see whether that can be, and whether it could.
    tried: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Storage {
    /// The store in `folder`, which is made if there is none. A file is there only when it is whole and
    /// has reached the disk.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub async fn in_folder(folder: &Path) -> Result<Self, AppError> {
        let folder: Arc<Path> = folder.into();
        let made = Arc::clone(&folder);
        let store = tokio::task::spawn_blocking(move || {
            fs::create_dir_all(&made).map_err(AppError::internal)?;
            LocalFileSystem::new_with_prefix(&made).map_err(AppError::internal)
        });
        let store = in_time(store).await?.map_err(AppError::internal)??.with_fsync(true);
        in_time(store.put(&MARK.into(), MARK_TEXT.into())).await?.map_err(unavailable)?;
        let writers = Arc::new(Semaphore::new(WRITERS));
        Ok(Self { store: Arc::new(store), folder, writers, tried: Arc::default() })
    }

    /// A key that no other file has.
    pub fn new_key() -> String {
        HEXLOWER.encode(&keys::random::<KEY_BYTES>())
    }

    /// Where the file under `key` lies in the store, without a slash before it.
    pub fn path_of(key: &str) -> String {
        location(key).to_string()
    }

    /// Keeps the bytes of the file at `path` under `key`.
    ///
    /// # Errors
    /// When the store cannot take them; then nothing is kept.
    pub async fn put(&self, key: &str, path: &Path) -> Result<(), AppError> {
        let _turn = self.writers.acquire().await.map_err(AppError::internal)?;
        let mut file = tokio::fs::File::open(path).await.map_err(unavailable)?;
        let upload = in_time(self.store.put_multipart(&location(key))).await?.map_err(unavailable)?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, WRITTEN);
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = match file.read(&mut chunk).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    in_time(writer.abort()).await?.map_err(unavailable)?;
                    return Err(unavailable(error));
                }
            };
            writer.write(&chunk[..read]);
            // One piece at a time: many papers arrive at once.
            in_time(writer.wait_for_capacity(1)).await?.map_err(unavailable)?;
        }
        in_time(writer.finish()).await?.map_err(unavailable)?;
        Ok(())
    }

    /// The `size` bytes under `key`, in pieces of [`PIECE`]; `None` when there is nothing. The first is read before
    /// anything is answered.
    ///
    /// # Errors
    /// When the store does not answer, or has fewer.
    pub async fn get(
        &self,
        key: &str,
        size: u64,
    ) -> Result<Option<impl Stream<Item = Result<Bytes, AppError>> + use<>>, AppError> {
        let (store, location) = (Arc::clone(&self.store), location(key));
        let first = match in_time(store.get_range(&location, 0..size.min(PIECE))).await? {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            first => first.map_err(unavailable)?,
        };
        let rest = (1..size.div_ceil(PIECE)).map(move |piece| {
            let at = piece * PIECE;
            let (store, location) = (Arc::clone(&store), location.clone());
            async move {
                in_time(store.get_range(&location, at..size.min(at + PIECE))).await?.map_err(unavailable)
            }
        });
        let rest = stream::iter(rest).then(|piece| piece);
        Ok(Some(stream::once(future::ready(Ok(first))).chain(rest)))
    }

    /// Bytes and SHA-256, in lower-case hex, of what is under `key`; `None` when there is nothing.
    ///
    /// # Errors
    /// When the store does not answer, or the file cannot be read.
    pub async fn digest(&self, key: &str) -> Result<Option<(u64, String)>, AppError> {
        let found = match in_time(self.store.get(&location(key))).await? {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found.map_err(unavailable)?,
        };
        let mut bytes = found.into_stream();
        let (mut size, mut hash) = (0, Sha256::new());
        while let Some(chunk) = in_time(bytes.try_next()).await?.map_err(unavailable)? {
            size += chunk.len() as u64;
            hash.update(&chunk);
        }
        Ok(Some((size, HEXLOWER.encode(&hash.finalize()))))
    }

    /// Every file that was stored here, in no order. What else lies in the folder is nobody's business.
    pub fn files(&self) -> impl Stream<Item = Result<StoredFile, AppError>> + use<> {
        let found = stream::try_unfold(self.store.list(None), async |mut list| {
            let next = in_time(list.try_next()).await?.map_err(unavailable)?;
            Ok::<_, AppError>(next.map(|found| (found, list)))
        });
        found.try_filter_map(|found| {
            let key = found.location.filename().unwrap_or_default().to_owned();
            let ours = is_key(&key) && location(&key) == found.location;
            let file = StoredFile { key, size: found.size, written_at: found.last_modified };
            future::ready(Ok(ours.then_some(file)))
        })
    }

    /// What the store began to write before `until` and never ended: path and bytes. The store writes beside
    /// the place of the file, with a number behind its name, and does not list it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn unfinished(&self, until: DateTime<Utc>) -> Result<Vec<(PathBuf, u64)>, AppError> {
        let folder = Arc::clone(&self.folder);
        let found = in_time(tokio::task::spawn_blocking(move || unfinished_in(&folder, until))).await?;
        found.map_err(AppError::internal)?.map_err(unavailable)
    }

    /// Forgets what is under `key`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, key: &str) -> Result<(), AppError> {
        match in_time(self.store.delete(&location(key))).await? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Whether the store answers, and files can be written: to it, and where uploads wait. That is tried once in
    /// [`TRY_EVERY`], for all who ask.
    ///
    /// # Errors
    /// When it does not, or they cannot.
    pub async fn ping(&self) -> Result<(), AppError> {
        in_time(self.store.head(&MARK.into())).await?.map_err(unavailable)?;
        let mut tried = self.tried.lock().await;
        let could = match *tried {
            Some((at, could)) if at.elapsed() < TRY_EVERY => could,
            _ => {
                let done = self.try_to_write().await;
                if let Err(error) = &done {
                    tracing::warn!(cause = one_line(error), "no file can be written");
                }
                *tried = Some((Instant::now(), done.is_ok()));
                done.is_ok()
            }
        };
        if could { Ok(()) } else { Err(AppError::Unavailable("no file can be written".into())) }
    }

    /// The mark is written anew, which leaves the old one when it fails; the file where uploads wait has no name.
    async fn try_to_write(&self) -> Result<(), AppError> {
        in_time(self.store.put(&MARK.into(), MARK_TEXT.into())).await?.map_err(unavailable)?;
        let tried = tokio::task::spawn_blocking(|| tempfile::tempfile()?.write_all(&[0; 4096]));
        in_time(tried).await?.map_err(AppError::internal)?.map_err(unavailable)
    }
}

/// Random bytes of a key; written as twice as many letters.
const KEY_BYTES: usize = 20;

fn is_key(text: &str) -> bool {
    text.len() == 2 * KEY_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Two letters of the key make a folder, so that no folder grows long.
fn location(key: &str) -> object_store::path::Path {
    let folder = key.get(..2).unwrap_or_default();
    object_store::path::Path::from_iter([folder, key])
}

fn unfinished_in(folder: &Path, until: DateTime<Utc>) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut found = Vec::new();
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?;
        if shelf.file_name().len() != 2 || !shelf.file_type()?.is_dir() {
            continue;
        }
        for entry in fs::read_dir(shelf.path())? {
            let entry = entry?;
            let name = entry.file_name();
            let Some((key, number)) = name.to_str().and_then(|name| name.split_once('#')) else { continue };
            if !is_key(key) || number.parse::<u32>().is_err() {
                continue;
            }
            let Ok(file) = entry.metadata() else { continue }; // it has ended meanwhile
            if DateTime::<Utc>::from(file.modified()?) < until {
                found.push((entry.path(), file.len()));
            }
        }
    }
    Ok(found)
}

/// What `work` makes, if it does within [`DEADLINE`]. A thread that waits for the disk goes on waiting.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, AppError> {
    tokio::time::timeout(DEADLINE, work).await.map_err(unavailable)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> AppError {
    AppError::Unavailable(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_store_that_never_answers_counts_as_unavailable() {
        let answer = in_time(future::pending::<()>()).await;
        assert!(matches!(answer, Err(AppError::Unavailable(_))), "{answer:?}");
    }
}
