// From what a provider opened to what the browser is told.
import AvatarProvider
import Signaling
import Timekeeping

extension OpenedSession.Grant {
  init(_ grant: MediaGrant) {
    switch grant {
    case .offer(let description, let iceServers):
      self = .offer(SDPDescription(description), iceServers: iceServers.map(IceServerInit.init))
    case .awaitsOffer(let iceServers): self = .awaitsOffer(iceServers: iceServers.map(IceServerInit.init))
    case .room(let url, let token): self = .room(url: url, token: token)
    }
  }
}

extension OpenedSession.DataChannel {
  init(_ channel: ProviderTraits.DataChannel) {
    self.init(
      openedBy: channel.openedBy == .client ? .client : .provider, label: channel.label,
      frames: channel.frames == .text ? .text : .binary)
  }
}

extension OpenedSession.Capabilities {
  init(_ capabilities: ProviderTraits.Capabilities, trickle: ProviderTraits.Trickle) {
    let interrupt: Interrupt =
      switch capabilities.interrupt {
      case .relay: .relay
      case .dataChannel: .dataChannel
      case .none: .none
      }
    self.init(
      interrupt: interrupt, extend: capabilities.extend, ssml: capabilities.ssml, audio: capabilities.audioScript,
      trickle: trickle.fromClient)
  }
}

extension IceServerInit {
  init(_ server: IceServer) {
    self.init(urls: server.urls, username: server.username, credential: server.credential)
  }
}

extension SDPDescription {
  init(_ description: SessionDescription) {
    self.init(type: description.kind == .offer ? .offer : .answer, sdp: description.sdp)
  }
}

extension SessionDescription {
  init(_ description: SDPDescription) {
    self.init(kind: description.type == .offer ? .offer : .answer, sdp: description.sdp)
  }
}

extension CandidateInit {
  init(_ candidate: IceCandidate) {
    self.init(
      candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
      usernameFragment: candidate.usernameFragment)
  }
}

extension IceCandidate {
  init(_ candidate: CandidateInit) {
    self.init(
      candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
      usernameFragment: candidate.usernameFragment)
  }
}

extension Script.Content {
  init(_ script: SpeakScript) {
    switch script {
    case .text(let text): self = .text(text)
    case .ssml(let ssml): self = .ssml(ssml)
    case .audioURL(let url): self = .audio(url: url)
    }
  }
}
