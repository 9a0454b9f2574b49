//! The plant's opinion of vehicles and people: remark, rating, and the blacklist with its history. Their
//! pages stand with the vehicles and the crew.

pub mod parts;
pub mod service;

mod words;
