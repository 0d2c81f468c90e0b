// The two vendors that the mock stands in for.

/// A vendor, by the name that ids, calls and the control surface use.
enum Vendor: String, CaseIterable {
  case did
  case heygen
}
