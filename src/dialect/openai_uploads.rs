//! OpenAI uploads in parts: collected by the gateway, which sends the whole as a file.

use super::words::{form, post};
use super::{Body, Gather, Operation, Row};
use crate::deid::Class::Data;

pub static UPLOADS: Operation = Operation { gathers: Some(Gather::Begin), ..post("openai.uploads", &["/v1/uploads"]) };

pub static UPLOAD_PART: Operation = Operation {
    gathers: Some(Gather::Piece),
    request: &[PART],
    ..form("openai.upload_part", &["/v1/uploads/{id}/parts"])
};

pub static UPLOAD_COMPLETE: Operation =
    Operation { gathers: Some(Gather::Complete), ..post("openai.upload_complete", &["/v1/uploads/{id}/complete"]) };

pub static UPLOAD_CANCEL: Operation = Operation {
    gathers: Some(Gather::Cancel),
    body: Body::None,
    ..post("openai.upload_cancel", &["/v1/uploads/{id}/cancel"])
};

const PART: &[Row] = &[("data", Data)];
