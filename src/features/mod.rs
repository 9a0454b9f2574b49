//! One folder a feature: a vertical slice from its pages down to its tables.
//!
//! Services are ranked, and import only services below them:
//! audit < notifications < accounts < opinions < vehicles < crew < documents < passes < submissions < gate.
//! Pages may ask any feature's service; nobody imports a page.

pub mod accounts;
pub mod audit;
pub mod crew;
pub mod documents;
pub mod gate;
pub mod notifications;
pub mod opinions;
pub mod passes;
pub mod submissions;
pub mod vehicles;
