//! What goes wrong and is put right: a rejected entry sent again, a stop overridden, and the log of it all.

use gatehouse::kernel::entity::account::Role;

use crate::accounts::{confirm, register};
use crate::prints::submit;
use crate::support::{Browser, Screen, Scripts, Site};

async fn put_right(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let customer = Browser::open(&site, screen, scripts).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let entry = submit(&site, &customer, "MH 12 AB 1234", ["Ramesh Kumar", "Suresh Yadav"]).await;

    let staff = Browser::open(&site, screen, scripts).await;
    staff.sign_in(&site.staff(Role::Supervisor).await).await;
    staff.go(&format!("/admin{entry}")).await;
    staff.submit("/approve").await;
    staff.click("details:has([name=reason]) summary").await;
    staff.fill("reason", "The insurance is of another vehicle").await;
    staff.submit("/reject").await;
    staff.go(&format!("/gate{entry}")).await;
    staff.check_page_here("gate-rejected").await;

    customer.go(&entry).await;
    customer.check_page_here("pass-rejected").await;
    customer.submit("/resubmit").await;
    customer.is_at("/submissions/{id}").await;
    customer.check_page_here("draft-corrects").await;
    let draft = customer.path().await;
    customer.follow("/vehicle").await;
    customer.pick_day("expected_on", &site.day_in(1)).await;
    customer.save().await;
    customer.go(&format!("{draft}/review")).await;
    customer.tick("consent").await;
    customer.save().await;
    customer.check_page_here("pass-corrects").await;
    customer.go(&entry).await;
    customer.check_page_here("pass-corrected").await;

    staff.go(&format!("/admin{draft}")).await;
    staff.submit("/approve").await;
    staff.go(&format!("/gate{draft}")).await;
    staff.check_page_here("gate-stop-supervisor").await;
    staff.follow("/override").await;
    staff.check_page_here("gate-override").await;
    staff.save().await;
    staff.is_at(&format!("/gate{draft}/override")).await;
    staff.check_page_here("gate-override-without-reason").await;
    staff.go(&format!("/admin{entry}")).await;
    staff.check_page_here("desk-corrected").await;

    let guard = Browser::open(&site, screen, scripts).await;
    guard.sign_in(&site.staff(Role::Guard).await).await;
    guard.go(&format!("/gate{draft}")).await;
    guard.says("Call a supervisor").await;
    guard.check_page_here("gate-stop-guard").await;
    drop(guard);

    staff.go(&format!("/gate{draft}/override")).await;
    staff.fill("reason", "The load is urgent; the plant manager agrees").await;
    staff.save().await;
    staff.is_at("/gate").await;
    staff.go(&format!("/gate{draft}")).await;
    staff.says("by override").await;
    staff.check_page_here("gate-inside-by-override").await;
    staff.go("/admin/audit").await;
    staff.check_page_here("audit").await;
    staff.go("/admin/audit?actor=asha&from=2026-01-01").await;
    staff.check_page_here("audit-filtered").await;
}

#[tokio::test]
async fn what_went_wrong_is_put_right_on_a_phone() {
    put_right(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn what_went_wrong_is_put_right_on_a_desk_without_scripts() {
    put_right(Screen::Desktop, Scripts::Off).await;
}
