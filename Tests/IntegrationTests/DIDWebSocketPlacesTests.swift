// D-ID called by messages where there are as many sockets as there may be: whose socket goes, and who gets none.
import AvatarProvider
import DIDProvider
import MockProvider
import SessionValues
import Testing

@Suite(.timeLimit(.minutes(1))) struct DIDWebSocketPlacesTests {
  private func open(_ provider: DIDProvider) async throws -> SessionHandle {
    try await provider.open(try provider.plan(OpenRequest(avatar: nil, options: [:]))).handle
  }

  /// A stream outlives its socket, so nobody is refused while there is one on which nothing is asked.
  @Test func aSilentSocketGivesItsPlace() async throws {
    try await withDIDSockets(most: 2) { provider, sockets, mock, _ in
      var streams: [SessionHandle] = []
      for _ in 0..<3 { streams.append(try await open(provider)) }
      await sockets.until(open: 2)
      for stream in streams { try await provider.add(nil, in: stream) }
      await sockets.until(open: 2)
      for stream in streams { try await provider.close(stream) }
      await sockets.until(open: 0)
      #expect(await mock.sessions.map(\.isOpen) == [false, false, false])
    }
  }

  /// What is not ended stays open at the provider, and costs money.
  @Test func aCallThatEndsAStreamIsNeverRefused() async throws {
    try await withDIDSockets(most: 1) { provider, sockets, mock, _ in
      let silent = try await open(provider)
      let busy = try await open(provider)
      _ = try await provider.describe(
        SessionDescription(kind: .answer, sdp: SessionScript.answer(mid: "a")), in: busy)
      try await provider.add(nil, in: busy)
      try await mock.fault(Fault(.call(.didStreamText), .lose))
      let talk = Task { try await provider.speak(Script(.text("Never answered.")), in: busy) }
      try await mock.waitFor(.didStreamText)
      let opened = await #expect(throws: ProviderFailure.self) { try await open(provider) }
      let added = await #expect(throws: ProviderFailure.self) { try await provider.add(nil, in: silent) }
      #expect(opened?.code == .unreachable && added?.code == .unreachable)
      try await provider.close(silent)
      #expect(await mock.sessions.map(\.isOpen) == [false, true])
      // There is an end to that as well.
      let third = SessionHandle(id: "strm_third", routing: "s", contract: busy.contract)
      let fourth = SessionHandle(id: "strm_fourth", routing: "s", contract: busy.contract)
      try await mock.fault(Fault(.call(.didDelete), .lose))
      let ending = Task { try await provider.close(third) }
      try await mock.waitFor(.didDelete, count: 2)
      let refused = await #expect(throws: ProviderFailure.self) { try await provider.close(fourth) }
      #expect(refused?.code == .unreachable)
      ending.cancel()
      _ = await ending.result
      talk.cancel()
      _ = await talk.result
      try await provider.close(busy)
      #expect(await mock.sessions.map(\.isOpen) == [false, false])
    }
  }
}
