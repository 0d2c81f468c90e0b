// Reads how the vendors' own APIs are served, and which of their calls beside those of sessions.
import Basics
import Signaling

/// How the vendors' own APIs are served.
public struct PassThroughSettings: Sendable, Hashable {
  /// After how much silence of its page a session is ended; nil for shortly before its provider would end it.
  public var silence: Duration?
  /// The calls beside those of sessions that are passed on.
  var calls: [AllowedCall]

  /// Whether pages may have the sockets on which D-ID tells what its agents do: their handshake is one of the calls.
  var relaysDIDNotifications: Bool { calls.contains { $0.matches("GET", ["did", "notifications"]) } }

  /// The time without a call after which a page is taken to be gone.
  func silence(of limits: OpenedSession.Limits) -> Duration? {
    let idle = limits.idleMs.map { Duration.milliseconds($0) }
    // The vendor counts from when it heard of the page last, which is a little later.
    return [silence, idle.map { $0 - min($0 / 10, .seconds(10)) }].compactMap(\.self).min()
  }
}

extension PassThroughSettings {
  /// Nil where they are not served; what is wrong with the settings is said even then.
  init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    silence = try sources.limit(.passThroughSilenceSeconds).map { .seconds($0) }
    calls = []
    for text in try sources.strings(.passThroughCalls) where !text.isEmpty {
      if text == AllowedCall.didClientSDK {
        calls += AllowedCall.ofDIDClientSDK
        continue
      }
      guard let call = AllowedCall(text) else {
        throw ConfigurationError(
          .invalidValue,
          "passthrough.calls has \(text), but a call is a method and a path as GET /did/agents/{id}, where braces stand for "
            + "any one segment, or \(AllowedCall.didClientSDK)")
      }
      calls.append(call)
    }
    guard try sources.bool(.passThroughEnabled) else { return nil }
  }
}

/// A call that the operator lets pages make: `GET /did/agents/{id}`.
struct AllowedCall: Sendable, Hashable {
  /// What stands for all calls of D-ID's client SDK.
  static let didClientSDK = "did-sdk"
  /// What the SDK does beside streams (de-id/agents-sdk of 2026-08, `src/api/agents.ts`): it reads what an agent is, chats, judges
  /// answers, asks for a token for its microphone, and listens. It makes keys for others, too, which no page may.
  static let ofDIDClientSDK: [AllowedCall] = [
    "GET /did/agents/{id}", "GET /did/agents/{id}/runtime", "GET /did/agents/{id}/stt-token", "POST /did/agents/{id}/chat",
    "POST /did/agents/{id}/chat/{chat}", "POST /did/agents/{id}/chat/{chat}/feedback",
    "POST /did/agents/{id}/chat/{chat}/ratings", "PATCH /did/agents/{id}/chat/{chat}/ratings/{rating}",
    "DELETE /did/agents/{id}/chat/{chat}/ratings/{rating}", "GET /did/notifications",
  ].compactMap { AllowedCall($0) }

  private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

  private let method: String
  /// The segments of its path; nil for any one.
  private let path: [String?]

  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, Self.methods.contains(String(words[0])), words[1].hasPrefix("/") else { return nil }
    let segments = words[1].dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard segments.count > 1, ["did", "heygen"].contains(segments[0]) else { return nil }
    method = String(words[0])
    var path: [String?] = []
    for segment in segments {
      if segment.hasPrefix("{"), segment.hasSuffix("}") {
        path.append(nil)
      } else if Self.isSegment(segment) {
        path.append(segment)
      } else {
        return nil
      }
    }
    self.path = path
  }

  /// Whether a call is this one.
  func matches(_ method: String, _ segments: [String]) -> Bool {
    method == self.method && segments.count == path.count
      && zip(segments, path).allSatisfy { segment, own in own.map { $0 == segment } ?? Self.isSegment(segment) }
  }

  /// A segment that means the same wherever it is read: nothing is encoded in it, and it leads nowhere else.
  private static func isSegment(_ text: String) -> Bool {
    (1...256).contains(text.utf8.count) && text != "." && text != ".."
      && text.utf8.allSatisfy { Base64URL.isCharacter($0) || ".~".utf8.contains($0) }
  }
}
