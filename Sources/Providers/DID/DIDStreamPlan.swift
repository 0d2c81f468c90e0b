// What is to be opened: a checked request, in D-ID's words.
import AvatarProvider
import ProviderCalls
import StrictJSON

/// A request for a stream after all checks: where it goes and what it says.
struct DIDStreamPlan {
  /// The path below the base URL, in segments.
  let path: [String]
  let body: JSONObject
  /// The photo, presenter or agent.
  let avatar: String
  /// The silence that the stream was asked to bear; nil for the vendor's own.
  let sessionTimeout: Duration?

  /// Checks a request.
  /// - Throws: `.rejected` that names what is wrong.
  init(_ request: OpenRequest, defaultSourceURL: String?) throws(ProviderFailure) {
    var body = request.options
    let kind = try Self.kind(body)
    try OptionRule.check(body, by: DIDOptions.create(kind))
    body[DIDOptions.kind] = nil
    switch kind {
    case .talk:
      path = ["talks"]
      avatar = try Self.set("source_url", of: &body, to: request.avatar, else: defaultSourceURL)
    case .clip:
      path = ["clips"]
      avatar = try Self.set("presenter_id", of: &body, to: request.avatar, else: nil)
    case .agent:
      avatar = try Self.agent(request.avatar)
      path = ["agents", avatar]
    }
    self.body = body
    sessionTimeout = Duration(body["session_timeout"], unitsPerSecond: 1)
  }

  private static func kind(_ options: JSONObject) throws(ProviderFailure) -> DIDStreamKind {
    guard let value = options[DIDOptions.kind] else { return .talk }
    guard let kind = value.string.flatMap(DIDStreamKind.init(rawValue:)) else {
      let accepted = DIDStreamKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ProviderFailure(.rejected, "options.kind: one of \(accepted) expected")
    }
    return kind
  }

  /// Puts the avatar under its D-ID name, if it does not stand there already, and returns it.
  private static func set(
    _ name: String, of body: inout JSONObject, to avatar: String?, else fallback: String?
  ) throws(ProviderFailure) -> String {
    let option = body[name]?.string
    if let option, let avatar, option != avatar {
      throw ProviderFailure(.rejected, "options.\(name): another one than avatar; give one of the two")
    }
    guard let chosen = avatar ?? option ?? fallback, !chosen.isEmpty else {
      throw ProviderFailure(.rejected, "avatar: missing; D-ID needs a \(name)")
    }
    body[name] = .string(chosen)
    return chosen
  }

  private static func agent(_ avatar: String?) throws(ProviderFailure) -> String {
    guard let avatar else { throw ProviderFailure(.rejected, "avatar: missing; the id of an agent is expected") }
    let isPlain = avatar.utf8.allSatisfy { byte in
      Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }
    guard isPlain, BaseURL.isSegment(avatar) else {
      throw ProviderFailure(.rejected, "avatar: letters, digits, _ and - expected in the id of an agent")
    }
    return avatar
  }
}
