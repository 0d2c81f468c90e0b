// What a contract answers to a call.
import StrictJSON
import Transport

/// A response, and what the journal is to know of it.
struct VendorAnswer {
  var response: HTTPResponse
  /// The session that the call was about.
  var session: String?
  var note: String?

  init(_ status: Int, _ body: JSONValue?, session: String? = nil, note: String? = nil) {
    response = HTTPResponse(status: status, json: body)
    self.session = session
    self.note = note
  }

  init(_ error: VendorError, session: String? = nil, note: String? = nil) {
    self.init(error.status, error.body, session: session, note: note)
  }
}
