//! The program is killed, again and again, while customers submit.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::work::{Transporter, look_through};
use crate::support::chance::Chance;
use crate::support::program::Serving;
use crate::support::{App, figures};

const KILLS: u32 = 50;
const CUSTOMERS: usize = 6;

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn fifty_kills_during_submissions_lose_and_halve_none() {
    let app = App::spawn().await;
    let mut program = Serving::start(&app).await;
    let customers = Transporter::several(&app, &program, CUSTOMERS).await;
    let answered = RefCell::new(Vec::new());
    let (begun, broken, over) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(false));

    let work = join_all(customers.into_iter().enumerate().map(async |(seed, mut customer)| {
        let mut chance = Chance::new(seed as u64);
        while !over.get() {
            begun.set(begun.get() + 1);
            let entry = customer.announce(&app, async |browser, request| {
                loop {
                    if let Ok(page) = browser.try_send(request()).await {
                        return Some(page);
                    }
                    broken.set(broken.get() + 1);
                    // Some give up and begin another, the others send the same once more.
                    if chance.happens(25) {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
            let entry = entry.await;
            answered.borrow_mut().extend(entry);
        }
    }));
    let kills = async {
        let mut chance = Chance::new(50);
        for _ in 0..KILLS {
            let enough = answered.borrow().len() + 20;
            while answered.borrow().len() < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(Duration::from_millis(chance.number() % 200)).await;
            program.kill();
            program.start_again().await;
        }
        over.set(true);
    };
    tokio::time::timeout(Duration::from_mins(10), join(work, kills)).await.expect("it ends");
    program.kill();

    let answered = answered.into_inner();
    let found = look_through(&app, &answered).await;
    figures(&format!(
        "{KILLS} kills, {} broken requests: {} entries begun, {} submitted whole, {} of them answered, \
        {} drafts, {} orphan files",
        broken.get(),
        begun.get(),
        found.submitted,
        answered.len(),
        found.drafts,
        found.orphans
    ));
    assert!(broken.get() > 0);
}
