// One answer by which a vendor refuses a call.
import StrictJSON

/// A row of a vendor's error table.
struct VendorError: Hashable {
  /// The name by which a fault asks for it.
  let name: String
  let status: Int
  var body: JSONValue
  /// The public source of the status, code and words.
  let source: String
  /// Year and month of the source.
  let date: String
}
