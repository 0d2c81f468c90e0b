// Reads the mock's command line and runs it.
import ArgumentParser
import Commands
import Logging
import MockProvider
import Release
import Transport

/// `mock-provider`: both vendors' APIs, offline.
@main
struct MockProviderCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mock-provider",
    abstract: "Stands in for D-ID's and HeyGen's streaming APIs on one local port, offline and without a key.",
    discussion: """
      Prints one JSON line on standard output when it is ready:
        {"event":"ready","url":…,"did":…,"heygen":…,"admin":…}
      Logs go to standard error. SIGTERM and SIGINT end it with status 0. The control surface for tests is under \
      /__admin and serves this machine, and whom --admin-allow names; docs/mock.md describes it.

      With --exec it runs a command, which finds the address in AVATAR_MOCK_URL, ends with it, and hands on its exit code:
        mock-provider --exec -- npm test

      With --record-from it is no mock: it hands everything on to a provider, with the client's key, and writes samples without \
      keys, ids, addresses and names to a folder. With --replay it answers from such a folder.
        mock-provider --record-from https://api.d-id.com --to samples
      """,
    version: ProductVersion.text)

  @Option(help: "Numeric address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "Port to listen on; 0 lets the system choose.")
  var port = 0

  @Option(help: "Admit this key only. It is a key for tests: the command line is visible to other programs.")
  var key: String?

  @Option(help: "Origin whose pages may call, beside those of this machine, as https://example.com; may be repeated.")
  var allowOrigin: [String] = []

  @Option(
    help: "Address or network (172.16.0.0/12) that may use the control surface, beside this machine; may be repeated.")
  var adminAllow: [String] = []

  @Option(help: "Sessions that each vendor allows at once.")
  var maxSessions = 100

  @Option(help: "Milliseconds for which an ended session still counts against --max-sessions.")
  var slotReleaseDelay = 0

  @Flag(help: "Tolerate unknown fields in D-ID bodies, and any text as an SDP answer.")
  var lenient = false

  @Flag(help: "Refuse fields that no reference of a vendor has, even those that public working calls have.")
  var strict = false

  @Option(help: "D-ID's idle limit in seconds, where a stream names no session_timeout.")
  var didIdle = 300

  @Option(
    help: "HeyGen's idle limit in seconds, where a session names no activity_idle_timeout (its later documents: 120).")
  var heygenIdle = 180

  @Option(help: "HeyGen's hard limit of a session in seconds.")
  var heygenLifetime = 600

  @Option(help: "D-ID's replies as documented in 2023, as captured in 2025, or with the members of both.")
  var didReplies = MockConfiguration.DIDReplies.union

  @Option(help: "What D-ID's DELETE answers: an object, the JSON text \"\", or no body.")
  var didDeleteReply = MockConfiguration.DIDDeleteReply.status

  @Option(help: "HeyGen's streaming.new reply as captured in 2024, in 2025, or with the members of both.")
  var heygenReplies = MockConfiguration.HeyGenReplies.union

  @Option(help: "ICE servers of an offer: none, or the vendor's shape on 127.0.0.1, where nothing listens.")
  var iceServers = MockConfiguration.IceServers.none

  @Option(help: "HeyGen avatars and D-ID agents whose name begins so do not exist.")
  var unknownPrefix = "unknown"

  @Option(help: "Milliseconds between the acceptance of a talk and its start.")
  var talkStartDelay = 0

  @Option(help: "A WebRTC peer with a talking face, or offers that are answered and never connect.")
  var media = MockConfiguration.Media.peer

  @Option(help: "UDP port of the peers, on every address of this machine; 0 lets the system choose.")
  var rtcPort = 0

  @Option(help: "Numeric address that offers name instead of this machine's own, as in a container; may be repeated.")
  var rtcAdvertise: [String] = []

  @Option(help: "Video frames in a second while the avatar speaks.")
  var rtcFps = 25

  @Option(help: "The voice: espeak-ng where it is installed and the built-in one otherwise, or one of the two.")
  var voice = MockConfiguration.Voice.automatic

  @Option(
    help: "Folder from which file: URLs of pictures and sounds may be loaded; may be repeated.", completion: .directory)
  var mediaFolder: [String] = []

  @Option(help: "Everything random (ids, cookies, ICE credentials) follows from it.")
  var seed: UInt64 = 1

  @Flag(help: "End when the other end of standard input closes: give it a pipe that the parent holds.")
  var exitWithParent = false

  @Option(help: "How much is logged; with --exec warnings and errors, if not said otherwise.")
  var logLevel: MockLogLevel?

  @Option(help: "Provider whose answers are recorded, as https://api.d-id.com; http:// for this machine's alone.")
  var recordFrom: String?

  @Option(help: "Folder that --record-from writes to: a new or an empty one.", completion: .directory)
  var to: String?

  @Option(help: "Folder of samples to answer from.", completion: .directory)
  var replay: String?

  @Flag(help: "Run the command behind -- with the mock's address in AVATAR_MOCK_URL, and end when it does.")
  var exec = false

  @Argument(parsing: .postTerminator, help: .hidden)
  var command: [String] = []

  mutating func validate() throws {
    try Self.check(port, in: 0...65_535, "--port")
    try Self.check(maxSessions, in: 1...MockConfiguration.maximumSessionsLimit, "--max-sessions")
    try Self.check(slotReleaseDelay, in: 0...3_600_000, "--slot-release-delay")
    try Self.check(didIdle, in: 1...86_400, "--did-idle")
    try Self.check(heygenIdle, in: 1...86_400, "--heygen-idle")
    try Self.check(heygenLifetime, in: 1...86_400, "--heygen-lifetime")
    try Self.check(talkStartDelay, in: 0...60_000, "--talk-start-delay")
    try Self.check(rtcPort, in: 0...65_535, "--rtc-port")
    try Self.check(rtcFps, in: 1...MockConfiguration.maximumFramesPerSecond, "--rtc-fps")
    for address in rtcAdvertise where !NumericAddress.isOne(address) {
      throw ValidationError("--rtc-advertise takes a numeric IPv4 or IPv6 address: \(address)")
    }
    for origin in allowOrigin where AllowedOrigin(origin) == nil {
      throw ValidationError("--allow-origin takes an origin as browsers write it, https://example.com, or null: \(origin)")
    }
    for network in adminAllow where AddressRange(network) == nil {
      throw ValidationError("--admin-allow takes a numeric address or a network as 172.16.0.0/12: \(network)")
    }
    if let recordFrom, ProviderOrigin(recordFrom) == nil {
      throw ValidationError("--record-from takes https://host, or http:// and a host of this machine")
    }
    if (recordFrom == nil) != (to == nil) { throw ValidationError("--record-from and --to go together") }
    if replay != nil, recordFrom != nil { throw ValidationError("--replay and --record-from exclude each other") }
    if lenient, strict { throw ValidationError("--lenient and --strict exclude each other") }
    if key?.isEmpty == true { throw ValidationError("--key must not be empty") }
    if exec, command.isEmpty { throw ValidationError("--exec wants a command: mock-provider --exec -- npm test") }
    if !exec, !command.isEmpty { throw ValidationError("a command wants --exec before the --") }
    if unknownPrefix.isEmpty { throw ValidationError("--unknown-prefix must not be empty: nothing would exist") }
  }

  func run() async throws {
    let log = ProgramLog.start(
      label: "mock-provider", format: .text, level: (logLevel ?? (exec ? .warning : .info)).level)
    defer { log.flush() }
    let exitCode = try await MockProgram.run(
      settings, recording: recording, exitsWithParent: exitWithParent, command: command, logger: log.logger)
    if exitCode != 0 { throw ExitCode(exitCode) }
  }

  /// Does what the library's own `main` does, but says what is wrong in one line.
  static func main() async {
    ProcessStart.prepare()
    do {
      let command = try parse()
      try await command.run()
    } catch { end(with: error) }
  }

  private var recording: ProviderRecording? {
    if let origin = recordFrom.flatMap({ ProviderOrigin($0) }), let to { return .record(from: origin, to: to) }
    return replay.map { .replay($0) }
  }

  private var settings: MockConfiguration {
    var settings = MockConfiguration()
    settings.host = host
    settings.port = port
    settings.key = key.map { DemandedKey($0) }
    settings.allowedOrigins = allowOrigin.compactMap { AllowedOrigin($0) }
    settings.allowedAdministrators = adminAllow.compactMap { AddressRange($0) }
    settings.maximumSessions = maxSessions
    settings.slotReleaseDelay = .milliseconds(slotReleaseDelay)
    settings.isLenient = lenient
    settings.isStrict = strict
    settings.didIdleLimit = .seconds(didIdle)
    settings.heyGenIdleLimit = .seconds(heygenIdle)
    settings.heyGenLifetime = .seconds(heygenLifetime)
    settings.didReplies = didReplies
    settings.didDeleteReply = didDeleteReply
    settings.heyGenReplies = heygenReplies
    settings.iceServers = iceServers
    settings.unknownNamePrefix = unknownPrefix
    settings.talkStartDelay = .milliseconds(talkStartDelay)
    settings.seed = seed
    settings.media = media
    settings.rtcPort = rtcPort
    settings.rtcAdvertised = rtcAdvertise
    settings.framesPerSecond = rtcFps
    settings.voice = voice
    settings.mediaFolders = mediaFolder
    return settings
  }

  private static func check(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws {
    guard range.contains(value) else {
      throw ValidationError("\(name) must be \(range.lowerBound) to \(range.upperBound)")
    }
  }
}

extension MockConfiguration.DIDReplies: ExpressibleByArgument {}
extension MockConfiguration.DIDDeleteReply: ExpressibleByArgument {}
extension MockConfiguration.HeyGenReplies: ExpressibleByArgument {}
extension MockConfiguration.IceServers: ExpressibleByArgument {}
extension MockConfiguration.Media: ExpressibleByArgument {}
extension MockConfiguration.Voice: ExpressibleByArgument {}

/// The values of the option `--log-level`.
enum MockLogLevel: String, ExpressibleByArgument, CaseIterable {
  case debug, info, warning, error

  var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
