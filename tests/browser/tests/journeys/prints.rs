//! The pass on paper: one page of the right size, on which a scanner reads the code.

use gatehouse::kernel::entity::account::Role;

use crate::accounts::{confirm, register};
use crate::support::{Browser, Screen, Scripts, Sheet, Site, read_with_rqrr, read_with_zbarimg};

/// What the code and the vehicle number must not fall below on paper.
const CODE_MM: f64 = 50.0;
const PLATE_POINTS: f64 = 18.0;

/// The papers, in millimetres.
const FORMATS: [(&str, f64, f64); 3] = [("a4", 210.0, 297.0), ("a6", 105.0, 148.0), ("80mm", 80.0, 160.0)];

/// An entry of today, submitted. Answers where the customer finds it.
pub async fn submit(site: &Site, customer: &Browser, vehicle: &str, names: [&str; 2]) -> String {
    customer.go("/submissions/new").await;
    customer.fill_all(&[("vehicle_number", vehicle), ("customer_phone", "98765 43210")]).await;
    customer.pick_day("expected_on", &site.today()).await;
    customer.save().await;
    let page = customer.path().await;
    customer.follow("/crew").await;
    let [driver, helper] = names;
    customer.fill_all(&[("driver_name", driver), ("driver_phone", "98200 11111")]).await;
    customer.fill_all(&[("helper_name", helper), ("helper_phone", "98200 22222")]).await;
    customer.save().await;
    customer.follow("/review").await;
    customer.tick("consent").await;
    customer.save().await;
    assert_eq!(customer.path().await, page);
    page
}

/// Prints the pass whose page is open on every paper, and looks at each sheet.
async fn print_on_every_paper(browser: &Browser, entry: &str, name: &str) {
    for (format, width, height) in FORMATS {
        browser.go(entry).await;
        browser.follow(&format!("/print/{format}")).await;
        let path = browser.path().await;
        let token = path.strip_prefix("/p/").unwrap().split('/').next().unwrap().to_owned();
        let address = format!("{}/P/{token}", browser.base_url().to_uppercase());
        browser.check_page(&format!("print-{name}-{format}")).await;

        let sheet = Sheet::of(&browser.print().await, &format!("print-{name}-{format}"));
        assert_eq!(sheet.pages, 1, "{name}, {format}");
        for (is, wanted) in [(sheet.width, width), (sheet.height, height)] {
            assert!((is - wanted).abs() < 0.5, "{name}, {format}: {} x {} mm", sheet.width, sheet.height);
        }
        assert_eq!(read_with_zbarimg(&sheet.picture), address, "{name}, {format}");
        let (read, side) = read_with_rqrr(&sheet.picture);
        assert_eq!(read, address, "{name}, {format}");
        let side = Sheet::millimetres(side);
        assert!(side >= CODE_MM, "{name}, {format}: the code is {side} mm wide");
        let plate = browser.printed_points(".plate").await;
        assert!(plate >= PLATE_POINTS, "{name}, {format}: the vehicle number has {plate} points");
        let (wider, higher) = browser.excess_on_paper(".sheet").await;
        assert!(wider <= 0 && higher <= 0, "{name}, {format}: the sheet is cut off by {wider} x {higher}");
        let (wider, _) = browser.excess_on_paper(".plate").await;
        assert!(wider <= 0, "{name}, {format}: the vehicle number is cut off by {wider}");
    }
}

#[tokio::test]
async fn a_pass_is_one_page_of_each_paper_and_read_from_it() {
    let site = Site::open().await;
    let customer = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let entry = submit(&site, &customer, "MH 12 AB 1234", ["Ramesh Kumar", "Suresh Yadav"]).await;
    customer.check_page("pass-shared").await;
    let staff = Browser::open(&site, Screen::Desktop, Scripts::On).await;
    staff.sign_in(&site.staff(Role::Supervisor).await).await;
    staff.go(&format!("/admin{entry}")).await;
    staff.submit("/approve").await;
    drop(staff);
    print_on_every_paper(&customer, &entry, "usual").await;
}

#[tokio::test]
async fn the_longest_names_and_plate_leave_it_one_page() {
    let site = Site::open().await;
    let customer = Browser::open(&site, Screen::Desktop, Scripts::Off).await;
    let account = register(&customer, "asha").await;
    confirm(&site, &customer, &account).await;
    customer.sign_in(&account).await;
    let (driver, helper) = ("रमेश्वर ".repeat(12), "Venkatanarasimha".repeat(6));
    let entry = submit(&site, &customer, "T1126 MH 0004 AB", [driver.trim(), &helper]).await;
    print_on_every_paper(&customer, &entry, "longest").await;
}
