//! Jobs that wait for a place, in fair order.

use crate::local::engine::intake::Job;
use std::collections::VecDeque;

/// Jobs by tenant; the tenants take turns.
#[derive(Default)]
pub struct Waiting {
    tenants: VecDeque<(String, VecDeque<Box<Job>>)>,
}

impl Waiting {
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    pub fn add(&mut self, job: Box<Job>) {
        match self.tenants.iter_mut().find(|(tenant, _)| *tenant == job.tenant) {
            Some((_, jobs)) => jobs.push_back(job),
            None => self.tenants.push_back((job.tenant.clone(), VecDeque::from([job]))),
        }
    }

    /// The first job of the tenant whose turn it is, which then goes to the end.
    pub fn next(&mut self) -> Option<Box<Job>> {
        let (tenant, mut jobs) = self.tenants.pop_front()?;
        let job = jobs.pop_front();
        if !jobs.is_empty() {
            self.tenants.push_back((tenant, jobs));
        }
        job
    }

    /// For a job that [`Waiting::next`] gave and that does not fit yet: it stays the next one.
    pub fn put_back(&mut self, job: Box<Job>) {
        let at = self.tenants.iter().position(|(tenant, _)| *tenant == job.tenant);
        let mut jobs = at.and_then(|at| self.tenants.remove(at)).map_or_else(VecDeque::new, |(_, jobs)| jobs);
        let tenant = job.tenant.clone();
        jobs.push_front(job);
        self.tenants.push_front((tenant, jobs));
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&Job) -> bool) {
        for (_, jobs) in &mut self.tenants {
            jobs.retain(|job| keep(job));
        }
        self.tenants.retain(|(_, jobs)| !jobs.is_empty());
    }
}
