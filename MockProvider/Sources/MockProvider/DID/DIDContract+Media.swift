// What a D-ID stream looks and sounds like.
import MockPeer
import StrictJSON
import TalkingAvatar
import Timekeeping

extension DIDContract {
  /// What the client SDK's types allow (de-id/agents-sdk, `output_resolution`); 0, like none, means a square of 512.
  static let heights = 150...1080
  /// Enough for a drawn face that moves a little, in bits for each pixel of a second.
  static let bitsPerPixel = 2

  /// Makes the peer of a new stream.
  mutating func open(
    _ body: DIDCreateBody, _ call: VendorCall
  ) throws(Refusal) -> (plan: MediaPlan, peer: any MediaPeer) {
    let studio = studio
    do throws(PeerHostError) { return try studio.open { plan(body, call) } } catch {
      throw Refusal(DIDErrors.unknown, "no peer can be opened: \(error)")
    }
  }

  /// Decides about a stream's media.
  private mutating func plan(_ body: DIDCreateBody, _ call: VendorCall) -> MediaPlan {
    let terms = studio.terms(fragmentLength: 4, passwordLength: 22, from: &identifiers)
    let offer = DIDOffer(
      codecs: body.compatibility.codecs, terms: terms, unixTime: time.unix(at: call.now), from: &identifiers)
    var description = offer.description
    description.faults = configuration.conditions.faults
    description.impairment = configuration.conditions.impairment
    let size = Self.size(resolution: body.resolution)
    return MediaPlan(
      session: identifiers.streamID(), offer: offer.sdp, description: description,
      dialect: .did(namesTalks: body.isFluent || call.values["agent"] != nil, canInterrupt: body.isFluent), size: size,
      bitrate: size.width * size.height * Self.bitsPerPixel, isContinuous: body.isFluent, warmsUp: body.warmsUp,
      look: body.sourceURL ?? body.presenter ?? call.prefix, isKeyed: false,
      picture: body.sourceURL,
      checksAnswer: !configuration.isLenient)
  }

  /// Talks are cut to a square, as the circle of D-ID's demo page wants.
  static func size(resolution: Double?) -> PictureSize {
    guard let resolution, resolution >= 1 else { return .square512 }
    let side = min(max(Int(resolution), heights.lowerBound), heights.upperBound)
    return (try? PictureSize(width: side, height: side)) ?? .square512
  }

  /// The vendor's schemes, and what is on this machine.
  static func isActorURL(_ url: String) -> Bool {
    LocalURL.isLocal(url) || url.utf8.count <= 2048 && ["http://", "https://", "s3://"].contains(where: url.hasPrefix)
  }

  /// What a call wants to be said; nil for any other call, and for one that will be refused anyway.
  mutating func wish(of call: VendorCall) -> SpeechCall? {
    guard call.name == .didSpeak, case .success(let json) = call.body, let script = json["script"],
      let id = call.values["id"], let session = sessions.session(id, at: call.now), session.isOpen
    else { return nil }
    let read = try? readingShape(
      script, at: "body.script", refusingUnknown: false, as: DIDValidation.scriptRefusal
    ) { reader throws(JSONShapeError) in try DIDScript(&reader, isLenient: true) }
    return read.map { SpeechCall(wish: $0.wish, session: id, stage: session.peer.stage) }
  }
}
