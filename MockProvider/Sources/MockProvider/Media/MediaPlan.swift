// What a session's peer is to be, decided when the session is created.
import MockPeer
import TalkingAvatar
import Timekeeping

/// Everything that a peer needs to know of its session.
struct MediaPlan: Sendable {
  /// The session's id, which the picture shows.
  let session: String
  let offer: String
  let description: PeerDescription
  let dialect: ChannelDialect
  let size: PictureSize
  /// The aim of the video, in bits in a second.
  let bitrate: Int
  /// Pictures are sent while nobody speaks, too.
  let isContinuous: Bool
  /// Pictures are sent after connecting until the stream says that it is ready.
  let warmsUp: Bool
  /// What the drawn face follows from: the name of an avatar, or the URL of a picture.
  let look: String
  /// The face is before one green, for pages that cut it out.
  let isKeyed: Bool
  /// The URL of a picture to be shown in place of the drawn face, if it can be loaded.
  let picture: String?
  /// False takes any text as an answer.
  let checksAnswer: Bool

  /// Browsers only ask for key frames where the offer says how (RFC 4585 section 4.2).
  var canAskForKeyFrames: Bool { dialect != .heyGen }
}
