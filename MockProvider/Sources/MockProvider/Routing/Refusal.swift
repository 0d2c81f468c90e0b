// Thrown inside a contract: the call ends with a vendor's error.

/// A vendor's error for one call, and why the mock chose it.
struct Refusal: Error {
  let error: VendorError
  /// For the journal: what is wrong, in the mock's own words; holds nothing of the request.
  let note: String?

  init(_ error: VendorError, _ note: String? = nil) {
    self.error = error
    self.note = note
  }
}
