// A request that was recognised as one of the vendors' calls.
import StrictJSON
import Timekeeping
import Transport

/// One call, ready for its contract.
struct VendorCall {
  let name: CallName
  /// The values of the route's colon segments.
  let values: [String: String]
  /// What precedes `/streams`: `talks`, `clips` or `agents/{id}`.
  let prefix: String
  let headers: HTTPHeaders
  let query: String?
  /// The body; an absent one is an empty object, as body parsers have it.
  let body: Result<JSONValue, JSONSyntaxError>
  let now: MonotonicInstant
  /// The sound of what the call wants to be said; nil where nothing is to be heard.
  var speech: PreparedSpeech?

  init(_ request: HTTPRequest, route: Route, values: [String: String], at now: MonotonicInstant) {
    name = route.call
    self.values = values
    prefix = values["agent"].map { "agents/\($0)" } ?? route.segments[0]
    headers = request.headers
    query = request.query
    body = Self.parse(request.body)
    self.now = now
  }

  /// A value of the query, decoded; nil without it.
  func queryValue(_ name: String) -> String? {
    for pair in (query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
      return PercentEncoding.decode(pair.dropFirst(name.count + 1))
    }
    return nil
  }

  /// Parses a body; white space alone counts as absent.
  static func parse(_ bytes: [UInt8]) -> Result<JSONValue, JSONSyntaxError> {
    if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return .success(.object([:])) }
    do throws(JSONSyntaxError) { return .success(try JSONParser.parse(bytes)) } catch { return .failure(error) }
  }
}
