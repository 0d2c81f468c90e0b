// Takes the error of a call that has to fail.
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
