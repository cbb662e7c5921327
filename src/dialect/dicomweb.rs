//! DICOMweb: objects are stored at an archive outside (STOW-RS, PS3.18 10.5). Each is cleared, and nothing goes along.
//!
//! Searching and fetching are refused: an archive outside has other names for everything than whoever would ask.

use super::words::{post, refused};
use super::{Body, Method, Operation, Row};
use crate::deid::Class::{Media, Vocabulary};

pub static OPERATIONS: &[&Operation] = &[&STORE, &STORE_IN_STUDY, &SEARCH];

static STORE: Operation =
    Operation { body: Body::Related, request: &[INSTANCES], ..post("dicomweb.store", &["/studies"]) };

static STORE_IN_STUDY: Operation =
    refused(Method::Post, &["/studies/{id}"], "post to `/studies`: a study has another UID where it is stored");

static SEARCH: Operation = refused(
    Method::Get,
    &["/studies", "/series", "/instances", "/studies/{id}", "/studies/{id}/series", "/studies/{id}/instances"],
    "objects are stored through the gateway, not searched for or fetched",
);

/// The objects as the body's tree holds them, see `deid::Wire`.
const INSTANCES: &[Row] = &[("instances[].type", Vocabulary(&["base64"])), ("instances[]<base64>.data", Media)];
