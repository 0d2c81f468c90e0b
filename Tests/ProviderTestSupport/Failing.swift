// Opens sessions in one step, and takes and prints what a test has to look at.
import AvatarProvider

/// The failure of a call; nil when it succeeded.
public func failure<Value>(of call: () async throws(ProviderFailure) -> Value) async -> ProviderFailure? {
  do {
    _ = try await call()
    return nil
  } catch {
    return error
  }
}

extension AvatarProvider {
  /// Plans a session and opens it.
  public func open(_ request: OpenRequest) async throws(ProviderFailure) -> ProviderSession {
    try await open(try plan(request))
  }
}

/// What the value shows when it is interpolated, debugged and dumped.
public func printed<Value>(_ value: Value) -> String {
  var dumped = ""
  dump(value, to: &dumped)
  return "\(value) \(String(reflecting: value)) \(String(describing: value)) \(dumped)"
}
