// The seam between a session's media and the WebRTC peer that carries it.
import MockPeer
import Timekeeping

/// What a stage asks of its peer. Called on the event loop only.
protocol MediaWire: Sendable {
  var statistics: PeerStatistics { get }

  /// Takes the browser's answer; the same one again is accepted.
  func accept(answer: String) throws(AnswerError) -> PeerNegotiation
  func add(candidate: String?)
  func open(channel label: String) throws(ChannelError)
  func send(_ message: ChannelMessage, on channel: ChannelID) throws(ChannelError)
  /// - Parameter time: since the stage was set up, on a clock that nobody moves.
  func send(video frame: [UInt8], isKeyFrame: Bool, at time: Duration)
  /// - Parameter time: as of video.
  func send(audio packet: [UInt8], at time: Duration)
  func apply(_ impairment: Impairment)
  func close()
}
