//! `/documents/{id}/download`: the bytes, as an attachment that no browser runs. With
//! `ACCEL_REDIRECT_PREFIX` the answer is told without them, and the proxy adds them.

use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentDisposition, DispositionParam,
    DispositionType, HeaderValue,
};
use actix_web::{HttpResponse, web};

use super::service::reading;
use crate::kernel::access::Reader;
use crate::kernel::error::AppError;
use crate::kernel::files::Storage;
use crate::kernel::http::layout::Layout;
use crate::kernel::http::response::Answer;
use crate::kernel::state::AppState;
use crate::kernel::types::DocumentId;

pub async fn get(
    state: web::Data<AppState>,
    reader: Reader,
    layout: Layout,
    id: web::Path<DocumentId>,
) -> Answer {
    let document = reading::find(&state, &reader, *id).await?.ok_or(AppError::NotFound)?;
    if document.file_removed_at.is_some() {
        return Err(AppError::Missing(layout.t.document_file_gone()));
    }
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(document.content_type)
        .insert_header((CONTENT_DISPOSITION, attachment(&document.file_name)))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CONTENT_ENCODING, HeaderValue::from_static("identity")));
    if let Some(prefix) = &state.config.accel_redirect_prefix {
        let path = format!("{prefix}/{}", Storage::path_of(&document.storage_key));
        return Ok(answer.insert_header(("X-Accel-Redirect", path)).finish());
    }
    let size = u64::try_from(document.size).map_err(AppError::internal)?;
    let Some(bytes) = state.storage.get(&document.storage_key, size).await? else {
        tracing::error!(paper = %document.id, file = document.storage_key, "the file of a paper is lost");
        return Err(AppError::Missing(layout.t.document_file_lost()));
    };
    Ok(answer.no_chunking(size).streaming(bytes))
}

/// RFC 6266: the name in ASCII for old programs, and in full.
fn attachment(file_name: &str) -> ContentDisposition {
    let plain: String = file_name
        .chars()
        .map(
            |c| if c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\' | '%') { c } else { '_' },
        )
        .collect();
    let mut parameters = vec![DispositionParam::Filename(plain.clone())];
    if plain != file_name {
        parameters.push(DispositionParam::FilenameExt(actix_web::http::header::ExtendedValue {
            charset: actix_web::http::header::Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: file_name.as_bytes().to_vec(),
        }));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}
