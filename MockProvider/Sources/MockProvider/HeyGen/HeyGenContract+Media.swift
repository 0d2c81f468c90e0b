// What a HeyGen session looks and sounds like.
import MockPeer
import StrictJSON
import TalkingAvatar
import Timekeeping

extension HeyGenContract {
  /// Avatars with this in their names are shown before one green, which HeyGen's demo page can cut away.
  static let keyedMark = "green"

  /// Makes the peer of a new session.
  mutating func open(
    _ body: HeyGenNewBody, session: String, _ call: VendorCall
  ) throws(Refusal) -> any MediaPeer {
    let studio = studio
    do throws(PeerHostError) { return try studio.open { plan(body, session: session, call) }.peer } catch {
      throw Refusal(HeyGenErrors.internalError, "no peer can be opened: \(error)")
    }
  }

  /// Decides about a session's media.
  private mutating func plan(_ body: HeyGenNewBody, session: String, _ call: VendorCall) -> MediaPlan {
    let terms = studio.terms(fragmentLength: 16, passwordLength: 32, from: &identifiers)
    let offer = HeyGenOffer(codec: body.codec, terms: terms, unixTime: time.unix(at: call.now), from: &identifiers)
    var description = offer.description
    description.faults = configuration.conditions.faults
    description.impairment = configuration.conditions.impairment
    return MediaPlan(
      session: session, offer: offer.sdp, description: description, dialect: .heyGen, size: body.quality.size,
      bitrate: body.quality.bitrate, isContinuous: true, warmsUp: false, look: body.avatar,
      isKeyed: body.avatar.lowercased().contains(Self.keyedMark), picture: nil,
      checksAnswer: !configuration.isLenient)
  }

  /// What a call wants to be said; nil for any other call, and for one that will be refused anyway.
  mutating func wish(of call: VendorCall) -> SpeechCall? {
    guard call.name == .heyGenTask, case .success(let json) = call.body, let text = json["text"]?.string,
      !text.isEmpty, let id = json["session_id"]?.string, let session = sessions.session(id, at: call.now),
      session.isOpen
    else { return nil }
    let details = session.details
    return SpeechCall(
      wish: SpeechWish(content: .text(text, isSSML: false), voice: details.voice, language: details.language),
      session: id, stage: session.peer.stage)
  }
}

extension HeyGenNewBody.Quality {
  /// The heights are HeyGen's: 720, 480 and 360 lines (docs.heygen.com/reference/new-session, 2025-02).
  var size: PictureSize {
    switch self {
    case .high: .hd720
    case .medium: .vga
    case .low: (try? PictureSize(width: 480, height: 360)) ?? .vga
    }
  }

  /// In bits in a second, by the same page.
  var bitrate: Int {
    switch self {
    case .high: 2_000_000
    case .medium: 1_000_000
    case .low: 500_000
    }
  }
}
