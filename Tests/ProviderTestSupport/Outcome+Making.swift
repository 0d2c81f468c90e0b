// Short ways to prepare an answer.
import ProviderHTTP
import StrictJSON

extension Result where Success == ProviderResponse, Failure == ProviderHTTPFailure {
  /// A response with a JSON body.
  public static func json(_ status: Int, _ body: JSONValue, headers: [(name: String, value: String)] = []) -> Self {
    .success(ProviderResponse(status: status, headers: headers, body: body.serialized))
  }

  /// A response with a body of any text.
  public static func text(_ status: Int, _ body: String, headers: [(name: String, value: String)] = []) -> Self {
    .success(ProviderResponse(status: status, headers: headers, body: Array(body.utf8)))
  }

  /// No response.
  public static func failed(_ code: ProviderHTTPFailure.Code, neverSent: Bool = false) -> Self {
    .failure(ProviderHTTPFailure(code, neverSent: neverSent, detail: "prepared"))
  }
}
