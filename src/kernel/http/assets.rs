//! Static files, compiled in and compressed by `build.rs`, in a folder named after their content: a
//! browser keeps them for ever, and a new release has a new folder.

use actix_web::HttpMessage as _;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, Encoding, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::kernel::error::AppError;

struct Asset {
    path: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Where the static file `path` is found.
pub fn url(path: &str) -> String {
    format!("/static/{ASSETS_HASH}/{path}")
}

/// The static files.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/static/{hash}/{path:.*}").get(get))
        .service(web::resource("/favicon.ico").get(favicon));
}

async fn get(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, AppError> {
    let (hash, path) = path.into_inner();
    if hash != ASSETS_HASH {
        return Err(AppError::NotFound);
    }
    serve(&request, &path)
}

/// Some programs ask for it whatever the page says.
async fn favicon(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let mut answer = serve(&request, "icon.svg")?;
    // This address does not change with the content.
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    Ok(answer)
}

fn serve(request: &HttpRequest, path: &str) -> Result<HttpResponse, AppError> {
    let asset = ASSETS.iter().find(|asset| asset.path == path).ok_or(AppError::NotFound)?;
    let accepted = request.get_header::<AcceptEncoding>();
    let known = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
    let chosen =
        accepted.and_then(|accepted| accepted.negotiate(known.iter())).unwrap_or(Encoding::identity());
    let body = if chosen == Encoding::brotli() {
        asset.brotli
    } else if chosen == Encoding::gzip() {
        asset.gzip
    } else {
        asset.plain
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type(path))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((VARY, "accept-encoding"));
    if chosen != Encoding::identity() {
        response.insert_header((CONTENT_ENCODING, chosen.to_string()));
    }
    Ok(response.body(body))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wasm") => "application/wasm",
        _ => "text/plain; charset=utf-8",
    }
}
