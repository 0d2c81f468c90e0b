// What tests look at in a request.
import ProviderHTTP
import StrictJSON

extension ProviderRequest {
  /// The body as JSON; nil when it is none.
  public var json: JSONValue? { try? JSONParser.parse(body) }

  /// The value of the first header field of that name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
