// Checks a request for a HeyGen session and puts it into HeyGen's words.
import AvatarProvider
import ProviderCalls
import StrictJSON

extension SessionPlan {
  /// Checks a request. Its body is that of `streaming.new`; without an avatar HeyGen takes its own default, and without
  /// an idle limit the client switched it off.
  /// - Throws: `.rejected` that names what is wrong.
  init(heyGen request: OpenRequest, _ configuration: HeyGenProvider.Configuration) throws(ProviderFailure) {
    var body = request.options
    try OptionRule.check(body, by: HeyGenOptions.new)
    try Self.setAvatar(of: &body, to: request.avatar, else: configuration.defaultAvatar)
    let seconds = body[HeyGenOptions.idleTimeout]?.integer ?? configuration.idleLimit.components.seconds
    body[HeyGenOptions.idleTimeout] = .integer(seconds)
    self.init(
      avatar: HeyGenOptions.avatarNames.compactMap { body[$0]?.string }.first,
      idleLimit: body[HeyGenOptions.idleTimeoutOff] == true ? nil : .seconds(seconds), body: body)
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
