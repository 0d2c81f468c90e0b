// What a scripted server has read.

/// One request as it was read.
struct RawRequest: Sendable {
  let connection: Int
  let method: String
  let path: String
  /// Names in lower case.
  let headers: [String: String]
  let body: [UInt8]
}
