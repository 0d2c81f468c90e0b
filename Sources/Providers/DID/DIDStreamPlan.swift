// Checks a request for a D-ID stream, puts it into D-ID's words, and writes down what later calls must know of it.
import AvatarProvider
import Basics
import ProviderCalls
import SessionValues
import StrictJSON

extension SessionPlan {
  /// Checks a request: where it goes and what it says. The avatar is a photo, a presenter or an agent. A client may ask for
  /// less silence than the operator lets it have, and not for more.
  /// - Throws: `.rejected` that names what is wrong.
  init(did request: OpenRequest, _ configuration: DIDProvider.Configuration) throws(ProviderFailure) {
    var body = request.options
    let kind = try Self.kind(body)
    if !request.isVerbatim {
      try OptionRule.check(body, by: DIDOptions.create(kind), extras: configuration.extraOptions)
    }
    body[DIDOptions.kind] = nil
    let (path, avatar): ([String], String)
    switch kind {
    case .talk:
      avatar = try Self.set("source_url", of: &body, to: request.avatar, else: configuration.defaultSourceURL)
      path = ["talks"]
    case .clip:
      avatar = try Self.set("presenter_id", of: &body, to: request.avatar, else: nil)
      path = ["clips"]
    case .agent:
      avatar = try Self.agent(request.avatar)
      path = ["agents", avatar]
    }
    let asked = Duration(body["session_timeout"], unitsPerSecond: 1) ?? configuration.idleLimit
    if asked > configuration.idleLimit {
      body["session_timeout"] = .integer(configuration.idleLimit.components.seconds)
    }
    self.init(
      avatar: avatar,
      idleLimit: min(asked, configuration.idleLimit),
      contract: DIDStreamContract(path: path).text, body: body)
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
    guard avatar.utf8.allSatisfy(Base64URL.isCharacter), BaseURL.isSegment(avatar) else {
      throw ProviderFailure(.rejected, "avatar: letters, digits, _ and - expected in the id of an agent")
    }
    return avatar
  }
}

/// The contract of a stream, kept as text in ``SessionHandle/contract``: its path (`talks`, `agents/agt_1`)
/// and whether talks can be cut off.
struct DIDStreamContract: Equatable {
  private static let interruptibleMark = ";interruptible"

  /// The path below the base URL, in segments.
  let path: [String]
  let isInterruptible: Bool

  init(path: [String], isInterruptible: Bool = false) {
    self.path = path
    self.isInterruptible = isInterruptible
  }

  /// Reads what ``text`` wrote.
  init(_ text: String) {
    isInterruptible = text.hasSuffix(Self.interruptibleMark)
    let path = text.utf8.dropLast(isInterruptible ? Self.interruptibleMark.utf8.count : 0)
    self.path = path.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
  }

  var text: String { path.joined(separator: "/") + (isInterruptible ? Self.interruptibleMark : "") }

  /// What the streams of this path show.
  var kind: DIDStreamKind {
    switch path.first {
    case "clips": .clip
    case "agents": .agent
    default: .talk
    }
  }
}
