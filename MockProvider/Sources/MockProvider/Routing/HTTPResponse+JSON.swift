// JSON answers.
import StrictJSON
import Transport

extension HTTPResponse {
  /// A response with a JSON body; nil leaves the body empty.
  init(status: Int, json: JSONValue?) {
    self.init(
      status: status, headers: json == nil ? [:] : ["Content-Type": "application/json; charset=utf-8"],
      body: json?.serialized ?? [])
  }
}
