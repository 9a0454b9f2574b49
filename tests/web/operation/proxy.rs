//! Downloads that the proxy hands out.

use crate::support::App;
use crate::support::entries::Entry;

#[tokio::test]
async fn a_download_is_handed_to_the_proxy_with_all_its_headers() {
    let app = App::spawn_with(&[("ACCEL_REDIRECT_PREFIX", "/papers/")]).await;
    let asha = app.customer("Asha").await;
    let draft = Entry::for_vehicle("MH 12 AB 1234").with_paper("puc", "2027-11-20").drafted_by(&asha).await;
    let paper = asha.get(&draft.step("documents")).await.attribute(".on-file a", "href");
    let answer = asha.get(&format!("{paper}/download")).await.expect_status(200);
    let path = answer.header("x-accel-redirect");
    let place = path.strip_prefix("/papers/").unwrap();
    assert!(app.state().config.storage_dir.join(place).is_file(), "{path} leads to no file");
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"paper.pdf\"");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");

    let bina = app.customer("Bina").await;
    let answer = bina.get(&format!("{paper}/download")).await.expect_status(404);
    assert_eq!(answer.header("x-accel-redirect"), "");
}
