//! What the desk puts right: a vehicle on the blacklist, a name, two people who are one.

use gatehouse::kernel::entity::account::Role;

use crate::accounts::{confirm, register};
use crate::entry::with_a_draft;
use crate::prints::submit;
use crate::support::{Browser, Screen, Scripts, Site};

/// An entry with a driver and a helper and no papers, submitted.
async fn with_an_entry(site: &Site) {
    let customer = with_a_draft(site, Scripts::On).await;
    let page = customer.path().await;
    customer.follow("/crew").await;
    let crew = [
        ("driver_name", "Ramesh Kumar"),
        ("driver_phone", "98200 11111"),
        ("helper_name", "Suresh Yadav"),
        ("helper_phone", "98200 22222"),
    ];
    customer.fill_all(&crew).await;
    customer.save().await;
    customer.go(&format!("{page}/review")).await;
    customer.tick("consent").await;
    customer.save().await;
}

async fn the_desk_puts_things_right(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    with_an_entry(&site).await;
    let desk = Browser::open(&site, screen, scripts).await;
    desk.sign_in(&site.staff(Role::Supervisor).await).await;
    desk.go("/admin/vehicles").await;
    desk.check_page_here("vehicles").await;
    desk.press("main a[href^='/admin/vehicles/']").await;
    desk.is_at("/admin/vehicles/{id}").await;
    desk.check_page_here("vehicle").await;
    desk.fill("remark", "Left mirror broken").await;
    desk.choose("rating", "3").await;
    let other = Browser::open(&site, screen, Scripts::Off).await;
    other.sign_in(&site.staff(Role::Admin).await).await;
    other.go(&desk.path().await).await;
    other.fill("remark", "The owner was told of the mirror").await;
    other.submit("/remark").await;
    drop(other);
    desk.submit("/remark").await;
    desk.says("The owner was told of the mirror").await;
    assert_eq!(desk.value("remark").await, "Left mirror broken");
    desk.check_page_here("vehicle-overtaken").await;
    desk.submit("/remark").await;
    desk.click("details summary").await;
    desk.fill("reason", "Broke the barrier").await;
    desk.submit("/blacklist").await;
    desk.says("On the blacklist").await;
    desk.check_page_here("vehicle-blacklisted").await;
    desk.go("/admin/vehicles?blacklisted=yes&rating=3").await;
    desk.check_page_here("vehicles-filtered").await;

    desk.go("/gate").await;
    desk.fill("code", "98200 11111").await;
    desk.enter().await;
    desk.check_page_here("gate-blacklisted").await;
    // By keyboard: the buttons at the foot lie over what a pointer must scroll to first.
    desk.tab_to_and_enter(".verdict a[href^='/admin/vehicles/']").await;
    desk.submit("/lift").await;
    desk.says("Off the blacklist").await;

    desk.go("/admin/crew?q=ramesh").await;
    desk.check_page_here("crew").await;
    desk.press("main tbody a").await;
    desk.is_at("/admin/crew/{id}").await;
    desk.click("details summary").await;
    desk.fill("name", "Ramesh Kumbhar").await;
    desk.submit("/rename").await;
    desk.says("Ramesh Kumar → Ramesh Kumbhar").await;
    desk.check_page_here("person").await;
    desk.follow("/merge").await;
    desk.check_page_here("merge").await;
    desk.fill("phone", "98200 22222").await;
    desk.press("form[method=get] button[type=submit]").await;
    desk.check_page_here("merge-compare").await;
    desk.press("form[method=post][action$='/merge'] button[type=submit]").await;
    desk.says("they are two people").await;
    desk.check_page_here("merge-refused").await;
}

/// A vehicle that looks like one on the blacklist is marked as another at the gate; on its page that is taken back.
async fn a_lookalike_is_marked_as_different(screen: Screen, scripts: Scripts) {
    let site = Site::open().await;
    let customer = Browser::open(&site, screen, Scripts::On).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let crew = ["Ramesh Kumar", "Suresh Yadav"];
    let listed = submit(&site, &customer, "DL 1 CAB 1234", crew).await;
    let entry = submit(&site, &customer, "DL 01 CAB 1234", crew).await;
    drop(customer);

    let desk = Browser::open(&site, screen, scripts).await;
    desk.sign_in(&site.staff(Role::Supervisor).await).await;
    desk.go(&format!("/admin{listed}")).await;
    desk.press("main a[href^='/admin/vehicles/']").await;
    desk.click("details summary").await;
    desk.fill("reason", "Broke the barrier").await;
    desk.submit("/blacklist").await;

    let gate = format!("/gate{entry}");
    desk.go(&gate).await;
    desk.check_page_here("gate-lookalike").await;
    desk.tab_to_and_enter(".lookalikes a[href*='/tell-apart']").await;
    desk.is_at("/admin/vehicles/{id}/tell-apart").await;
    desk.check_page_here("tell-apart").await;
    desk.submit("/tell-apart").await;
    desk.says("Enter a reason").await;
    desk.check_page_here("tell-apart-without-reason").await;
    desk.press("a.back").await;
    assert_eq!(desk.path().await, gate);
    desk.tab_to_and_enter(".lookalikes a[href*='/tell-apart']").await;
    desk.fill("reason", "Compared plate and chassis number").await;
    desk.submit("/tell-apart").await;
    assert_eq!(desk.path().await, gate);
    desk.says("The warning for this pair is off.").await;
    assert!(!desk.has(".lookalikes").await);

    desk.go(&format!("/admin{entry}")).await;
    desk.press("main a[href^='/admin/vehicles/']").await;
    desk.check_page_here("vehicle-different").await;
    desk.submit("/warn-again").await;
    desk.says("The warning for this pair is on again.").await;
    desk.check_page_here("vehicle-lookalike").await;
}

#[tokio::test]
async fn a_lookalike_is_marked_as_different_on_a_phone() {
    a_lookalike_is_marked_as_different(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn a_lookalike_is_marked_as_different_at_a_desk_without_scripts() {
    a_lookalike_is_marked_as_different(Screen::Desktop, Scripts::Off).await;
}

#[tokio::test]
async fn the_desk_puts_things_right_on_a_phone() {
    the_desk_puts_things_right(Screen::Phone, Scripts::On).await;
}

#[tokio::test]
async fn the_desk_puts_things_right_at_a_desk_without_scripts() {
    the_desk_puts_things_right(Screen::Desktop, Scripts::Off).await;
}
