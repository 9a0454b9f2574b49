//! Where the papers' bytes are kept, under random keys.

use std::{path::Path, sync::Arc};

use futures_util::{Stream, TryStreamExt as _};
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart, local::LocalFileSystem};
use tokio::io::AsyncReadExt as _;

use super::keys;
use crate::error::AppError;

/// A small file that tells the store from an empty folder in its place.
const MARK: &str = "gatehouse";

/// A store of files. Today a folder; any object store has the same interface.
#[derive(Clone, Debug)]
pub struct Storage(Arc<dyn ObjectStore>);

impl Storage {
    /// The store in `folder`, which is made if there is none. A file is there only when it is whole and
    /// has reached the disk.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub async fn in_folder(folder: &Path) -> Result<Self, AppError> {
        std::fs::create_dir_all(folder).map_err(AppError::internal)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(AppError::internal)?.with_fsync(true);
        store.put(&MARK.into(), "The papers of Gatehouse.\n".into()).await.map_err(unavailable)?;
        Ok(Self(Arc::new(store)))
    }

    /// A key that no other file has.
    pub fn new_key() -> String {
        data_encoding::HEXLOWER.encode(&keys::random::<20>())
    }

    /// Keeps the bytes of the file at `path` under `key`.
    ///
    /// # Errors
    /// When the store cannot take them; then nothing is kept.
    pub async fn put(&self, key: &str, path: &Path) -> Result<(), AppError> {
        let mut file = tokio::fs::File::open(path).await.map_err(unavailable)?;
        let upload = self.0.put_multipart(&location(key)).await.map_err(unavailable)?;
        let mut writer = WriteMultipart::new(upload);
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let read = match file.read(&mut chunk).await {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    writer.abort().await.map_err(unavailable)?;
                    return Err(unavailable(error));
                }
            };
            writer.write(&chunk[..read]);
            writer.wait_for_capacity(2).await.map_err(unavailable)?;
        }
        writer.finish().await.map_err(unavailable)?;
        Ok(())
    }

    /// The bytes under `key`, as they come.
    ///
    /// # Errors
    /// When the store does not have them or does not answer.
    pub async fn get(
        &self,
        key: &str,
    ) -> Result<impl Stream<Item = Result<bytes::Bytes, AppError>> + use<>, AppError> {
        let found = self.0.get(&location(key)).await.map_err(unavailable)?;
        Ok(found.into_stream().map_err(unavailable))
    }

    /// Forgets what is under `key`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn delete(&self, key: &str) -> Result<(), AppError> {
        match self.0.delete(&location(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), AppError> {
        self.0.head(&MARK.into()).await.map_err(unavailable)?;
        Ok(())
    }
}

/// Two letters of the key make a folder, so that no folder grows long.
fn location(key: &str) -> object_store::path::Path {
    let folder = key.get(..2).unwrap_or_default();
    object_store::path::Path::from_iter([folder, key])
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> AppError {
    AppError::Unavailable(Box::new(error))
}
