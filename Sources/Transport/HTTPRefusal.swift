// Why a request is answered by the listener itself and not by a handler.

/// An HTTP status with a word of explanation; the connection ends after it.
struct HTTPRefusal: Error, Equatable {
  let status: Int
  let reason: String

  init(_ status: Int, _ reason: String) {
    self.status = status
    self.reason = reason
  }
}
