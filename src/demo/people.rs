//! Who is in the story. All of them are made up.

use crate::kernel::entity::account::Role;

/// How many transporters bring vehicles.
pub const TRANSPORTERS: usize = 12;
/// How many vehicles come.
pub const VEHICLES: usize = 200;

const COMPANIES: [&str; TRANSPORTERS] = [
    "Narmada Roadways",
    "Sahyadri Carriers",
    "Deccan Bulk Movers",
    "Konkan Freight",
    "Malwa Transport",
    "Kaveri Logistics",
    "Godavari Tankers",
    "Aravalli Goods",
    "Tapti Lines",
    "Vindhya Haulage",
    "Palar Steel Movers",
    "Sabarmati Containers",
];

const FIRST: [&str; 20] = [
    "Aarav", "Bhavesh", "Chetan", "Dinesh", "Eknath", "Farhan", "Ganesh", "Harish", "Irfan", "Jagdish",
    "Kiran", "Lakhan", "Mahesh", "Naresh", "Omkar", "Pravin", "Rafiq", "Sandip", "Tukaram", "Umesh",
];

const LAST: [&str; 20] = [
    "Patil", "Solanki", "Yadav", "Chauhan", "Jadhav", "Shaikh", "Murugan", "Rathod", "Gaikwad", "Parmar",
    "Kale", "Vasava", "More", "Thakor", "Pawar", "Selvam", "Bhosale", "Makwana", "Shinde", "Zala",
];

/// Districts whose plates come, and the series of letters they are at.
const DISTRICTS: [(&str, &str); 10] = [
    ("MH 12", "QX"),
    ("MH 14", "JK"),
    ("MH 04", "KU"),
    ("GJ 05", "BZ"),
    ("GJ 01", "HT"),
    ("RJ 14", "GF"),
    ("MP 09", "HH"),
    ("TN 09", "CV"),
    ("KA 01", "AH"),
    ("TS 08", "UD"),
];

/// An account of the story.
#[derive(Debug)]
pub struct User {
    pub email: String,
    pub name: String,
    pub role: Role,
}

/// The plant's own accounts.
pub fn staff() -> Vec<User> {
    [
        ("gate@plant.example", "Gopal Nikam", Role::Guard),
        ("gate2@plant.example", "Salma Pathan", Role::Guard),
        ("desk@plant.example", "Meera Joshi", Role::Supervisor),
        ("admin@plant.example", "Anil Deshmukh", Role::Admin),
    ]
    .map(|(email, name, role)| User { email: email.to_owned(), name: name.to_owned(), role })
    .into()
}

/// The account of the transporter `index`. Its name is the company's, as it is on every entry.
pub fn transporter(index: usize) -> User {
    User {
        email: format!("transporter{}@example.com", index + 1),
        name: COMPANIES[index % COMPANIES.len()].to_owned(),
        role: Role::Customer,
    }
}

/// One account of each role: the role's name and the address.
pub fn one_of_each_role() -> Vec<(&'static str, String)> {
    let mut all = vec![transporter(0)];
    all.extend(staff());
    all.dedup_by_key(|user| user.role);
    all.into_iter().map(|user| (user.role.name(), user.email)).collect()
}

/// The number of the vehicle `index`.
pub fn plate(index: usize) -> String {
    let (district, series) = DISTRICTS[index % DISTRICTS.len()];
    format!("{district} {series} {}", 1000 + index * 37 % 9000)
}

/// Whom the crew member `index` is: a name and a phone of their own. Drivers are even, helpers odd.
pub fn crew(index: usize) -> (String, String) {
    let (first, last) = (FIRST[index % FIRST.len()], LAST[index / FIRST.len() % LAST.len()]);
    (format!("{first} {last}"), format!("98200{:05}", 10_000 + index * 7))
}
