// What came back, with its body read.
import StrictJSON
import Wire

/// A response and its JSON body.
struct MockReply {
  let response: HTTPResponse
  /// Whether the connection ended without an answer; the status is 0 then.
  let isDropped: Bool
  /// Nil when the body is empty or is not JSON.
  let json: JSONValue?

  init(_ response: HTTPResponse?) {
    let response = response ?? HTTPResponse(status: 0)
    self.response = response
    isDropped = response.status == 0
    json = try? JSONParser.parse(response.body)
  }

  var status: Int { response.status }
  subscript(_ name: String) -> JSONValue? { json?[name] }
  /// HeyGen's `data`.
  var data: JSONValue? { json?["data"] }
}
