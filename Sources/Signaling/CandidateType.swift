// Where a candidate's address comes from.

/// The candidate types of RFC 8839 section 5.1.
public enum CandidateType: String, Sendable, Hashable, CaseIterable { case host, srflx, prflx, relay }
