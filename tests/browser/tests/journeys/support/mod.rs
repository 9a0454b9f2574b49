//! What the journeys stand on: a site of their own, a real browser, and the eye that looks at each page.

mod browser;
mod chromedriver;
mod page_check;
mod papers;
mod proxy;
mod qr;
mod sheet;
mod site;

pub use browser::{Browser, Screen, Scripts};
pub use papers::Paper;
pub use proxy::Proxy;
pub use qr::{read_with_rqrr, read_with_zbarimg};
pub use sheet::Sheet;
pub use site::{Account, Site};
