// Shows a session's media to a test or to the control surface.
import Basics
import MockPeer
import StrictJSON

/// A session's media at one moment.
public struct MediaSnapshot: Sendable, Hashable {
  /// How far the connection has come.
  public enum State: String, Sendable, Hashable {
    /// Offered; no answer yet.
    case offered
    /// Answered; no connectivity check was successful yet.
    case answered
    /// ICE has chosen a pair of addresses; encryption is being agreed on.
    case securing
    case connected
    /// Encryption could not be agreed on.
    case failed
    /// The browser closed its peer connection, or the session has ended.
    case closed
  }

  public var state: State
  /// Why it is `failed`; nil otherwise.
  public var failure: String?
  /// The codec of the video; nil while unknown, and when the browser refused video.
  public var videoCodec: PeerVideoCodec?
  /// Width and height of the video in pixels.
  public var width: Int
  public var height: Int
  /// What the video aims at now, in bits per second.
  public var bitrate: Int
  /// True while a data channel is open.
  public var hasChannel = false
  /// Messages sent on the data channel.
  public var events = 0
  /// Pictures whose turn had passed when the next one's came.
  public var missedFrames = 0
  /// How often the media jumped, because the clock was moved.
  public var leaps = 0
  public var peer: PeerStatistics

  var json: JSONValue {
    var object: JSONObject = ["state": .string(state.rawValue)]
    if let failure { object["failure"] = .string(failure) }
    object["remote"] = peer.remote.map { .string($0) } ?? .null
    object["videoCodec"] = videoCodec.map { .string($0.rawValue) } ?? .null
    object["width"] = .integer(Int64(width))
    object["height"] = .integer(Int64(height))
    object["bitrate"] = .integer(Int64(bitrate))
    object["channel"] = .bool(hasChannel)
    object["events"] = .integer(Int64(events))
    object["missedFrames"] = .integer(Int64(missedFrames))
    object["leaps"] = .integer(Int64(leaps))
    object["video"] = Self.json(peer.video)
    object["audio"] = Self.json(peer.audio)
    object["keyFrameRequests"] = .integer(Int64(clamping: peer.keyFrameRequests))
    object["roundTripMs"] = peer.roundTrip.map { .number($0 / .milliseconds(1)) } ?? .null
    object["bandwidth"] = peer.bandwidth.map { .integer(Int64($0)) } ?? .null
    object["impairedDatagrams"] = .integer(Int64(clamping: peer.impairedDatagrams))
    return .object(object)
  }

  private static func json(_ track: PeerStatistics.Track) -> JSONValue {
    [
      "packets": .integer(Int64(clamping: track.packets)), "bytes": .integer(Int64(clamping: track.bytes)),
      "frames": .integer(Int64(clamping: track.frames)), "resent": .integer(Int64(clamping: track.retransmitted)),
      "loss": .number(track.loss),
    ]
  }
}
