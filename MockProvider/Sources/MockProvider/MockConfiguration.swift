// Says what a mock is told: where it listens, which key it wants, and how its vendors behave.
import Basics
import Glibc
import StrictJSON
import TalkingAvatar
import Transport

/// All settings of a mock. The defaults answer any key, with room for many sessions and the vendors' own time limits.
public struct MockConfiguration: Sendable {
  /// Where replies differ over the years: which of D-ID's shapes is spoken.
  public enum DIDReplies: String, Sendable, CaseIterable {
    /// D-ID's OpenAPI of 2023-12: `jsep`, `{status}`, `{status, session_id, duration}`.
    case y2023 = "2023"
    /// Bodies captured in 2025-08: `offer`, refreshed `session_id`, `video_id`.
    case y2025 = "2025"
    /// Every member of both, so that a client of either time is served.
    case union
  }

  /// What a DELETE of a D-ID stream answers.
  public enum DIDDeleteReply: String, Sendable, CaseIterable {
    /// An object with `status` (D-ID's OpenAPI of 2023-12).
    case status
    /// The JSON text `""` (captured 2025-08).
    case emptyString = "empty-string"
    /// No body at all (captured 2025-08).
    case nothing
  }

  /// Which of HeyGen's `streaming.new` replies is spoken.
  public enum HeyGenReplies: String, Sendable, CaseIterable {
    /// As captured in 2024-08: `ice_servers` is a list of strings.
    case y2024 = "2024"
    /// As captured in 2025-02: `ice_servers` is null, with `session_duration_limit` and `realtime_endpoint`.
    case y2025 = "2025"
    /// Every member of both: `ice_servers` is a list of whole servers, which a page can hand on, as HeyGen's guide shows it.
    case union
  }

  /// Which ICE servers an offer comes with. None of them is ever outside this machine.
  public enum IceServers: String, Sendable, CaseIterable {
    /// An empty list: a browser asks nobody.
    case none
    /// The vendor's shape (schemes, transports, credentials) on 127.0.0.1, where nothing listens.
    case loopback
  }

  /// What stands behind an offer.
  public enum Media: String, Sendable, CaseIterable {
    /// A WebRTC peer with a talking face.
    case peer
    /// Nothing: the offers are real SDP, and media never connects.
    case none
  }

  /// Who speaks.
  public enum Voice: String, Sendable, CaseIterable {
    /// espeak-ng where it is installed, the built-in voice otherwise.
    case automatic = "auto"
    /// espeak-ng, and an error at the start where it is not installed.
    case espeak = "espeak-ng"
    /// The voice that needs nothing.
    case builtIn = "built-in"
  }

  /// A numeric address to listen on.
  public var host = "127.0.0.1"
  /// 0 lets the system choose.
  public var port = 0
  /// Origins other than this machine's whose pages may call.
  public var allowedOrigins: [AllowedOrigin] = []
  /// Where the control surface may be used from beside this machine.
  public var allowedAdministrators: [AddressRange] = []
  /// The one key that is admitted; nil admits every non-empty key.
  public var key: DemandedKey?
  /// Sessions that each vendor allows at once, 1 to ``maximumSessionsLimit``.
  public var maximumSessions = 100
  /// How long an ended session still counts against ``maximumSessions``.
  public var slotReleaseDelay = Duration.zero
  /// Refuses members that no reference of a vendor has, those too that public working calls have.
  public var isStrict = false
  /// Tolerates unknown members in D-ID bodies, and any text as an SDP answer.
  public var isLenient = false
  /// D-ID's idle limit where a stream names no `session_timeout` (D-ID's live streaming guide: 5 minutes).
  public var didIdleLimit = Duration.seconds(300)
  /// HeyGen's idle limit where a session names no `activity_idle_timeout`: 180 s by HeyGen's quick guide, 120 s by its
  /// later reference of streaming.new.
  public var heyGenIdleLimit = Duration.seconds(180)
  /// HeyGen's hard limit of unpaid accounts (reply of streaming.new captured 2025-02: `session_duration_limit` 600).
  public var heyGenLifetime = Duration.seconds(600)
  public var didReplies = DIDReplies.union
  public var didDeleteReply = DIDDeleteReply.status
  public var heyGenReplies = HeyGenReplies.union
  public var iceServers = IceServers.none
  /// Avatars (HeyGen) and agents (D-ID) whose name begins with this do not exist.
  public var unknownNamePrefix = "unknown"
  /// Time between the acceptance of a talk and its first frame.
  public var talkStartDelay = Duration.zero
  public var media = Media.peer
  /// The UDP port of the peers, on every address of the machine; 0 lets the system choose.
  public var rtcPort = 0
  /// Numeric addresses that offers name instead of the machine's own, for a machine behind a port forwarding.
  public var rtcAdvertised: [String] = []
  /// Video frames per second while somebody speaks, 1 to ``maximumFramesPerSecond``.
  public var framesPerSecond = 25
  public var voice = Voice.automatic
  /// Folders from which `file:` URLs of pictures and sounds are loaded.
  public var mediaFolders: [String] = []
  /// What the path and the far end of new sessions do.
  public var conditions = MediaConditions()
  /// Everything random (ids, cookies, ICE credentials) follows from it.
  public var seed: UInt64 = 1

  /// The most that ``maximumSessions`` may be.
  public static let maximumSessionsLimit = 20_000
  /// The most that ``framesPerSecond`` may be.
  public static let maximumFramesPerSecond = 60

  public init() {}
}

/// A key that the mock demands. It takes part in comparisons only; printing it shows nothing of it.
public struct DemandedKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  private let value: String

  public init(_ value: String) { self.value = value }

  /// True for exactly this key.
  func admits(_ presented: String) -> Bool { presented == value }

  /// True for this key and for the key with a suffix after a dot, as D-ID's client keys have one.
  func admitsClientKey(_ presented: String) -> Bool { presented == value || presented.hasPrefix(value + ".") }

  public var description: String { "(key)" }
  public var debugDescription: String { "(key)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Addresses as the command line takes them: numeric, since names are never resolved.
public enum NumericAddress {
  /// True for IPv4 with four decimal parts, and for IPv6 (inet_pton(3)).
  public static func isOne(_ text: String) -> Bool {
    var bytes = in6_addr()
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }
}

extension MockConfiguration.Voice {
  var choice: VoiceChoice {
    switch self {
    case .automatic: .automatic
    case .espeak: .espeak
    case .builtIn: .builtIn
    }
  }
}

extension MockConfiguration {
  /// All settings; of the key only whether one is demanded.
  var json: JSONValue {
    [
      "demandsKey": .bool(key != nil), "maximumSessions": .integer(Int64(maximumSessions)),
      "slotReleaseDelayMs": .integer(slotReleaseDelay.milliseconds), "lenient": .bool(isLenient), "strict": .bool(isStrict),
      "didIdleMs": .integer(didIdleLimit.milliseconds), "heygenIdleMs": .integer(heyGenIdleLimit.milliseconds),
      "heygenLifetimeMs": .integer(heyGenLifetime.milliseconds), "didReplies": .string(didReplies.rawValue),
      "didDeleteReply": .string(didDeleteReply.rawValue), "heygenReplies": .string(heyGenReplies.rawValue),
      "iceServers": .string(iceServers.rawValue), "unknownNamePrefix": .string(unknownNamePrefix),
      "talkStartDelayMs": .integer(talkStartDelay.milliseconds),
      "charactersPerSecond": .integer(Int64(SpeechDuration.charactersPerSecond)), "seed": .string(String(seed)),
      "media": .string(media.rawValue), "rtcPort": .integer(Int64(rtcPort)),
      "rtcAdvertise": .array(rtcAdvertised.map { .string($0) }), "rtcFramesPerSecond": .integer(Int64(framesPerSecond)),
      "voice": .string(voice.rawValue), "mediaFolders": .integer(Int64(mediaFolders.count)),
      "allowedOrigins": .array(allowedOrigins.map { .string($0.text) }),
      "allowsAdministrators": .bool(!allowedAdministrators.isEmpty),
    ]
  }
}
