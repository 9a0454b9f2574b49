//! The program is asked to end while customers read and submit.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use gatehouse::kernel::entity::notification;
use reqwest::{Method, RequestBuilder};
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use super::work::{Transporter, look_through};
use crate::support::chance::Chance;
use crate::support::program::Serving;
use crate::support::{App, Client, Page, figures};

const ROUNDS: u32 = 10;
/// Every other one reads, the others submit.
const CLIENTS: usize = 16;

/// What became of the requests of a round.
#[derive(Default)]
struct Round {
    told: Cell<bool>,
    /// On their way now.
    under_way: Cell<usize>,
    /// Answered to the last byte.
    whole: Cell<usize>,
    /// Of those that were on their way when the program was told.
    answered: Cell<usize>,
    /// In a connection whose end they crossed: the program must not have begun them.
    crossed: Cell<usize>,
    broken: RefCell<Vec<String>>,
}

impl Round {
    /// Sends a request. Nothing comes back when the program is gone.
    async fn ask(&self, browser: &Client, request: &dyn Fn() -> RequestBuilder) -> Option<Page> {
        let early = !self.told.get();
        self.under_way.set(self.under_way.get() + 1);
        let answer = browser.try_send(request()).await;
        self.under_way.set(self.under_way.get() - 1);
        match answer {
            Ok(page) => {
                self.whole.set(self.whole.get() + 1);
                if early && self.told.get() {
                    self.answered.set(self.answered.get() + 1);
                }
                if page.status.as_u16() < 400 {
                    return Some(page);
                }
                self.broken.borrow_mut().push(format!("{} {:?}", page.status, page.all("h1")));
            }
            Err(error) if error.is_connect() && self.told.get() => {}
            Err(error) if error.is_request() && self.told.get() => self.crossed.set(self.crossed.get() + 1),
            Err(error) => self.broken.borrow_mut().push(format!("{error:?}")),
        }
        None
    }
}

#[tokio::test]
#[ignore = "takes a while; tests/faults/run.sh runs it"]
async fn a_program_that_is_told_to_end_under_load_answers_what_is_under_way() {
    let app = App::spawn().await;
    let mut program = Serving::start(&app).await;
    let mut customers = Transporter::several(&app, &program, CLIENTS).await;
    let submitted = RefCell::new(Vec::new());
    let mut chance = Chance::new(15);
    let (mut in_flight, mut answered, mut crossed, mut slowest) = (0, 0, 0, Duration::ZERO);
    for number in 0..ROUNDS {
        if number > 0 {
            program.start_again().await;
        }
        let round = Round::default();
        let before = program.answers();
        let work = join_all(customers.iter_mut().enumerate().map(async |(at, customer)| {
            if at % 2 == 0 {
                let browser = &customer.browser;
                for path in ["/submissions", "/documents", "/account"].into_iter().cycle() {
                    if round.ask(browser, &|| browser.request(Method::GET, path)).await.is_none() {
                        return;
                    }
                }
            }
            loop {
                let entry =
                    customer.announce(&app, async |browser, request| round.ask(browser, request).await);
                let Some(entry) = entry.await else { return };
                submitted.borrow_mut().push(entry);
            }
        }));
        let end = async {
            tokio::time::sleep(Duration::from_millis(700 + chance.number() % 300)).await;
            let under_way = round.under_way.get();
            round.told.set(true);
            program.terminate();
            let told = Instant::now();
            let status = program.ended_within(Duration::from_secs(10)).await;
            assert!(status.is_some_and(|status| status.success()), "{status:?}");
            (under_way, told.elapsed())
        };
        let ended = tokio::time::timeout(Duration::from_mins(1), join(work, end)).await;
        let (_, (under_way, took)) = ended.expect("nobody waits for an answer for ever");
        let broken = round.broken.into_inner();
        assert!(broken.is_empty(), "round {number}: {broken:#?}\n{}", program.warnings());
        assert_eq!(program.answers() - before, round.whole.get(), "given by the program, and arrived");
        // One that was sent and not noted would come twice when its lease has run out.
        let messages = notification::Entity::find().filter(notification::Column::LeasedUntil.is_not_null());
        assert_eq!(messages.count(app.state().database.reader()).await.unwrap(), 0, "round {number}");
        in_flight += under_way;
        answered += round.answered.get();
        crossed += round.crossed.get();
        slowest = slowest.max(took);
    }

    let submitted = submitted.into_inner();
    let found = look_through(&app, &submitted).await;
    let messages = notification::Entity::find().all(app.state().database.reader()).await.unwrap();
    let repeated = messages.iter().filter(|message| message.attempts > 1).count();
    figures(&format!(
        "{ROUNDS} ends under {CLIENTS} clients: {in_flight} requests in flight, {answered} of them answered, \
        0 broken, {crossed} not begun; ended after {slowest:.1?} at most; {} submitted, \
        {repeated} messages begun twice",
        found.submitted
    ));
    assert_eq!(repeated, 0);
}
