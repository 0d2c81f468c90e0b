// What is to be opened: a checked request, in HeyGen's words.
import AvatarProvider
import ProviderCalls
import StrictJSON

/// A request for a session after all checks.
struct HeyGenSessionPlan {
  /// The body of `streaming.new`.
  let body: JSONObject
  /// Who speaks; nil for HeyGen's own default.
  let avatar: String?
  /// The silence that the session bears; nil where the client switched the limit off.
  let idleLimit: Duration?

  /// Checks a request.
  /// - Throws: `.rejected` that names what is wrong.
  init(_ request: OpenRequest, configuration: HeyGenProvider.Configuration) throws(ProviderFailure) {
    var body = request.options
    try OptionRule.check(body, by: HeyGenOptions.new)
    try Self.setAvatar(of: &body, to: request.avatar, else: configuration.defaultAvatar)
    let seconds = body[HeyGenOptions.idleTimeout]?.integer ?? configuration.idleLimit.components.seconds
    body[HeyGenOptions.idleTimeout] = .integer(seconds)
    self.body = body
    avatar = HeyGenOptions.avatarNames.compactMap { body[$0]?.string }.first
    idleLimit = body[HeyGenOptions.idleTimeoutOff] == true ? nil : .seconds(seconds)
  }

  private static func setAvatar(
    of body: inout JSONObject, to avatar: String?, else fallback: String?
  ) throws(ProviderFailure) {
    let named = HeyGenOptions.avatarNames.filter { body[$0] != nil }
    guard named.count < 2 else {
      throw ProviderFailure(.rejected, "options: avatar_name and avatar_id; give one of the two")
    }
    if let name = named.first {
      guard avatar == nil || body[name]?.string == avatar else {
        throw ProviderFailure(.rejected, "options.\(name): another one than avatar; give one of the two")
      }
    } else if let chosen = avatar ?? fallback {
      guard !chosen.isEmpty else { throw ProviderFailure(.rejected, "avatar: the name of an avatar expected") }
      body[HeyGenOptions.avatarNames[0]] = .string(chosen)
    }
  }
}
