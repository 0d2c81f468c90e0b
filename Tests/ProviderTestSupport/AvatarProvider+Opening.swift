// Opens a session in one step.
import AvatarProvider

extension AvatarProvider {
  /// Plans a session and opens it.
  public func open(_ request: OpenRequest) async throws(ProviderFailure) -> ProviderSession {
    try await open(try plan(request))
  }
}
