// What came back, with its body read.
import StrictJSON
import Transport

/// A response and its JSON body.
struct MockReply {
  let response: HTTPResponse
  /// Nil when the body is empty or is not JSON.
  let json: JSONValue?

  init(_ response: HTTPResponse) {
    self.response = response
    json = try? JSONParser.parse(response.body)
  }

  var status: Int { response.status }
  subscript(_ name: String) -> JSONValue? { json?[name] }
  /// HeyGen's `data`.
  var data: JSONValue? { json?["data"] }
}
