// Why a session is about to end.

/// Which limit is about to strike.
public enum ExpiryCause: String, Sendable, Hashable, CaseIterable { case idle, lifetime }
