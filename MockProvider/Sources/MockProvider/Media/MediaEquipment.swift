// Everything that media needs, started and stopped as one.
import Logging
import MockPeer
import ProviderHTTP
import TalkingAvatar
import Timekeeping
import Transport

/// The sockets, the voice and the loader of a mock with media.
struct MediaEquipment: Sendable {
  let studio: TalkingStudio
  let desk: SpeechDesk
  /// What the stages tell, in order; ends when the equipment is stopped.
  let reports: AsyncStream<StageReport>
  private let host: PeerHost
  private let report: AsyncStream<StageReport>.Continuation
  /// Most reports that wait to be read; there is one at most for each session and talk.
  private static let waitingReports = 65_536

  /// - Throws: `TransportError` when the addresses cannot be bound, `SpeechError` when there is no such voice.
  static func start(
    _ configuration: MockConfiguration, on loop: EventLoop, clock: any MonotonicClock,
    wallClock: @escaping @Sendable () -> UInt64, logger: Logger
  ) async throws -> MediaEquipment {
    let voice = try Voices.voice(configuration.voice.choice)
    let library = MediaLibrary(
      folders: configuration.mediaFolders, client: try await HTTPClient.start(HTTPClientConfiguration(), on: loop))
    let host = try await PeerHost.start(
      PeerHostConfiguration(port: configuration.rtcPort, advertised: configuration.rtcAdvertised), on: loop,
      clock: loop.clock, logger: logger)
    let (reports, report) = AsyncStream.makeStream(
      of: StageReport.self, bufferingPolicy: .bufferingOldest(waitingReports))
    let settings = StageSettings(
      loop: loop, clock: clock, packetClock: loop.clock, wallClock: wallClock,
      framesPerSecond: configuration.framesPerSecond, crowd: StreamCrowd(on: loop), library: library,
      logger: logger, report: { report.yield($0) })
    let studio = TalkingStudio(
      host: host, settings: settings)
    let equipment = MediaEquipment(
      studio: studio, desk: SpeechDesk(voice: voice, library: library), reports: reports, host: host, report: report)
    equipment.describe(logger)
    loop.spawn { await Easel.findFonts() }
    return equipment
  }

  /// Says at start what there is to be seen and heard, and where.
  private func describe(_ logger: Logger) {
    logger.info(
      "media",
      metadata: [
        "voice": "\(desk.voice.name)", "video": "VP8, H264", "audio": "Opus",
        "candidates": "\(studio.candidates.map { "\($0.address) \($0.port)" }.joined(separator: ", "))",
      ])
    if host.hasOnlyLoopback {
      logger.warning(
        """
        this machine has no network address but loopback: browsers gather no candidates then and stay unconnected. \
        Give it an address, or start Chromium with --allow-loopback-in-peer-connection and let the page use the \
        microphone
        """)
    }
  }

  /// The mock listens on this port: nothing is loaded from there.
  func refuse(port: Int) async { await desk.library.refuse(port: port) }

  func stop() async {
    report.finish()
    await host.stop()
  }
}
