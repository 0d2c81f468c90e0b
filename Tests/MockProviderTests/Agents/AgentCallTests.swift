// The calls about agents: profiles, chats in all modes, ratings, feedback and keys, refusals in the vendor's words.
import StrictJSON
import Testing
import Wire

@testable import MockProvider

@Suite struct AgentCallTests {
  private static let notFound: JSONValue = ["kind": "NotFoundError", "description": "agent not found"]

  @Test(arguments: [("agt_ann", "talk"), ("agt_clip_ann", "clip"), ("agt_expressive", "expressive")])
  func anAgentsIDTellsItsAvatar(id: String, avatar: String) async throws {
    try await MockFixture.run { mock in
      let profile = await mock.send("GET", "/agents/\(id)/runtime")
      #expect(profile.status == 200 && profile["id"] == .string(id))
      #expect(profile["avatar"]?["type"] == .string(avatar) && profile["presenter"]?["type"] == .string(avatar))
      #expect(profile["greetings"]?.array?.first?.string != nil && profile["starter_message"]?.array?.first?.string != nil)
      #expect(profile["presenter"]?["voice"]?["voice_id"]?.string != nil && profile["knowledge"]?["id"]?.string != nil)
      #expect(await mock.send("GET", "/agents/\(id)").json == profile.json, "as the SDK asked before 2.0")
    }
  }

  @Test func anAgentMayNotExist() async throws {
    try await MockFixture.run { mock in
      for (method, path) in [
        ("GET", ""), ("GET", "/runtime"), ("GET", "/stt-token"), ("POST", "/chat"), ("POST", "/chat/cht_1"), ("POST", "/streams"),
      ] {
        let reply = await mock.send(method, "/agents/unknown-ann" + path, [:])
        #expect(reply.status == 404 && reply.json == Self.notFound, "\(method) \(path)")
      }
    }
  }

  @Test func expressiveAgentsAreRefused() async throws {
    try await MockFixture.run { mock in
      let words: JSONValue = ["kind": "PermissionError", "description": "user has no permission for expressive"]
      for path in ["/agents/expressive-ann/streams", "/v2/agents/expressive-ann/sessions"] {
        let reply = await mock.post(path, [:], headers: MockFixture.key)
        #expect(reply.status == 403 && reply.json == words, "\(path)")
      }
      #expect(await mock.send("POST", "/v2/agents", headers: MockFixture.key)["message"]?.string?.contains("Credential") == true)
    }
  }

  @Test func callsNeedAKey() async throws {
    try await MockFixture.run { mock in
      for (method, path) in [("GET", "/runtime"), ("POST", "/chat"), ("GET", "/stt-token")] {
        let reply = await mock.send(method, "/agents/agt_ann" + path, headers: ["Host": "127.0.0.1:1"])
        #expect(reply.status == 401 && reply["kind"] == "AuthorizationError", "\(path)")
      }
    }
  }

  @Test func aChatHasTheFormThatTheSDKReads() async throws {
    try await MockFixture.run { mock in
      let chat = await mock.post("/agents/agt_ann/chat", ["persist": true])
      #expect(chat.status == 201 && chat["id"]?.string?.hasPrefix("cht_") == true && chat["agent_id"] == "agt_ann")
      #expect(chat["chat_mode"] == "Functional" && chat["messages"] == [])
      #expect(chat["created"]?.string?.hasSuffix("Z") == true && chat["modified"] == chat["created"])
      let playground = await mock.post("/agents/agt_ann/chat", [:], headers: Self.playground)
      #expect(playground["chat_mode"] == "Playground")
      #expect(await mock.post("/agents/agt_ann/chat", ["persist": "perhaps"])["kind"] == "ValidationError")
      let another = "/agents/agt_bob/chat/\(chat["id"]?.string ?? "")/feedback"
      #expect(await mock.post(another, ["rating": 5])["description"] == "chat not found")
    }
  }

  private static let playground: HTTPHeaders = [
    "Authorization": "Basic k", "Host": "127.0.0.1:1", "X-Playground-Chat": "true",
  ]

  @Test func anAnswerIsSpokenInOneModeAndComesInTheReplyInOthers() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      let spoken = await client.ask("Hello there")
      #expect(spoken.status == 200 && spoken["chatMode"] == "Functional" && spoken["result"] == nil)
      #expect(spoken["videoId"]?.string?.hasPrefix("tlk_") == true && spoken["matches"] == [])
      for mode in ["TextOnly", "Playground"] {
        let written = await client.ask("Hello there", ["chatMode": .string(mode), "streamId": .null, "sessionId": .null])
        #expect(written["result"] == "Hello there" && written["chatMode"] == .string(mode) && written["videoId"] == nil)
      }
      let tried = await client.ask("Hello there", ["chatMode": .null], headers: Self.playground)
      #expect(tried["chatMode"] == "Playground" && tried["result"] == "Hello there")
      let silent = await client.ask("Hello there", ["chatMode": "Maintenance"])
      #expect(silent.status == 200 && silent["chatMode"] == "Maintenance" && silent["result"] == nil)
      for mode in ["DirectPlayback", "Off"] {
        #expect(await client.ask("Hello", ["chatMode": .string(mode)])["kind"] == "ValidationError", "there is no chat in it")
      }
    }
  }

  @Test func withoutCreditsChatsAreTextOnly() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      #expect(await mock.admin("POST", "agents", ["chatMode": "TextOnly"]).json == ["chatMode": "TextOnly"])
      #expect(await mock.post("/agents/agt_ann/chat", [:])["chat_mode"] == "TextOnly")
      let written = await client.ask("Hello there")
      #expect(written.status == 200 && written["chatMode"] == "TextOnly" && written["result"] == "Hello there")
      #expect(await mock.admin("POST", "agents", ["chatMode": "Off"]).status == 400)
      _ = await mock.admin("POST", "reset")
      #expect(await mock.admin("GET", "agents").json == ["chatMode": "Functional"])
    }
  }

  @Test func aQuestionNeedsAStreamOfTheAgents() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      let session: JSONValue = ["kind": "SessionError", "description": "missing or invalid session_id"]
      for members in [["sessionId": .null], ["sessionId": "AWSALB=x"], ["streamId": .null]] as [JSONObject] {
        let reply = await client.ask("Hello", members)
        #expect(reply.status == 400 && reply.json == session)
      }
      #expect(await client.ask("Hello", ["streamId": "strm_x"])["kind"] == "NotFound")
      let talk = try await DIDStream.create(mock)
      let members: JSONObject = ["streamId": .string(talk.id), "sessionId": .string(talk.sessionID)]
      #expect(await client.ask("Hello", members)["kind"] == "NotFound", "it was opened under talks")
      let early = try await DIDStream.create(mock, prefix: "agents/agt_ann", [:])
      let unconnected: JSONObject = ["streamId": .string(early.id), "sessionId": .string(early.sessionID)]
      #expect(await client.ask("Hello", unconnected)["description"] == "Stream Error")
      for messages in [[], ["a"], [["role": "user"]], [["role": "cook", "content": "a"]], nil] as [JSONValue] {
        #expect(await client.ask("Hello", ["messages": messages])["kind"] == "ValidationError", "\(messages.text)")
      }
    }
  }

  @Test func aQuestionKeepsItsStreamAlive() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      mock.clock.advance(by: .seconds(299))
      #expect(await client.ask("Hello").status == 200)
      mock.clock.advance(by: .seconds(299))
      #expect(await client.ask("Hello").status == 200)
    }
  }

  @Test func anAnswerCanBeRatedAndAChatTooAndRatingsChangedAndTakenBack() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      let given: JSONValue = ["message_id": "m1", "knowledge_id": "knl_1", "matches": [["doc_1", "1"]], "score": 1]
      let rating = await mock.post(client.path + "/ratings", given)
      #expect(rating.status == 201 && rating["score"] == 1 && rating["matches"] == [["doc_1", "1"]])
      #expect(rating["message_id"] == "m1" && rating["chat_id"] == .string(client.chat) && rating["agent_id"] == "agt_ann")
      let path = client.path + "/ratings/\(rating["id"]?.string ?? "")"
      let changed = await mock.send("PATCH", path, ["score": -1])
      #expect(changed.status == 200 && changed["score"] == -1 && changed["message_id"] == "m1" && changed["id"] == rating["id"])
      #expect(await mock.send("DELETE", path).json == changed.json)
      for method in ["PATCH", "DELETE"] {
        #expect(await mock.send(method, path, [:])["description"] == "rating not found", "it is gone")
      }
      for wrong in [["score": 1], ["message_id": "m1"], ["message_id": "m1", "score": 0]] as [JSONValue] {
        #expect(await mock.post(client.path + "/ratings", wrong)["kind"] == "ValidationError", "\(wrong.text)")
      }
      let feedback = await mock.post(client.path + "/feedback", ["rating": 5, "answer": "Well done"])
      #expect(feedback.status == 201 && feedback["rating"] == 5 && feedback["chat_id"] == .string(client.chat))
      #expect(feedback["submitted_at"]?.string != nil)
      #expect(await mock.post(client.path + "/feedback", ["rating": 6])["kind"] == "ValidationError")
    }
  }

  @Test func aClientKeyIsAsGoodAsTheKeyThatAskedForIt() async throws {
    var configuration = MockConfiguration()
    configuration.key = DemandedKey("good:key")
    try await MockFixture.run(configuration) { mock in
      let headers: HTTPHeaders = ["Authorization": "Basic good:key~1", "Host": "127.0.0.1:1"]
      let domains: JSONValue = ["http://localhost:3000"]
      let reply = await mock.post("/agents/client-key", ["allowed_domains": domains], headers: headers)
      let key = try #require(reply["client_key"]?.string)
      #expect(reply.status == 201 && reply["allowed_domains"] == domains)
      func status(_ authorization: String) async -> Int {
        await mock.send("GET", "/agents/agt_ann", headers: ["Authorization": authorization, "Host": "127.0.0.1:1"]).status
      }
      #expect(await status("Client-Key \(key).page_1") == 200)
      #expect(await status("Client-Key \(key)1.page_1") == 401)
      #expect(await status("Basic \(key)") == 401)
      let token = await mock.send("GET", "/agents/agt_ann/stt-token", headers: headers)
      #expect(token["token"]?.string?.isEmpty == false && token["region"]?.string != nil)
      #expect(await mock.post("/agents/client-key", [:], headers: headers)["kind"] == "ValidationError")
      _ = await mock.admin("POST", "reset")
      #expect(await status("Client-Key \(key).page_1") == 401)
    }
  }

  @Test func aClientKeyLeadsToTheScenarioThatGaveItOut() async throws {
    try await MockFixture.run { mock in
      let headers: HTTPHeaders = ["Authorization": "Basic k", "Host": "127.0.0.1:1", "X-Mock-Scenario": "tests/keys"]
      let reply = await mock.post("/agents/client-key", ["allowed_domains": ["a"]], headers: headers)
      let key = try #require(reply["client_key"]?.string)
      for token in ["\(key).page.one_1", "tests/keys.page_1"] {
        _ = await mock.send("GET", "/agents/agt_ann", headers: ["Authorization": "Client-Key \(token)", "Host": "127.0.0.1:1"])
      }
      let journal = await mock.admin("GET", "requests?scenario=tests%2Fkeys")
      #expect(journal["requests"]?.array?.map { $0["call"] } == ["did.createClientKey", "did.getAgent", "did.getAgent"])
    }
  }

  @Test func faultsAndTheJournalKnowQuestions() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      let fault: JSONValue = ["call": "did.chat", "where": ["text": ["contains": "price"]], "error": "insufficientCredits"]
      #expect(await mock.admin("POST", "faults", fault).status == 201)
      #expect(await client.ask("Hello").status == 200)
      #expect(await client.ask("What is the price?")["kind"] == "InsufficientCreditsError")
      let found = await mock.admin("POST", "requests/find", ["call": "did.chat", "where": ["status": 402]])
      let entry = found["requests"]?.array?.first
      #expect(entry?["text"] == "What is the price?" && entry?["session"] == .string(client.stream.id))
    }
  }

  @Test func strictnessIsAsEverywhere() async throws {
    var configuration = MockConfiguration()
    configuration.isStrict = true
    try await MockFixture.run(configuration) { mock in
      #expect(await mock.post("/agents/agt_ann/chat", ["persist": true, "more": 1])["kind"] == "ValidationError")
    }
    try await MockFixture.run { mock in
      #expect(await mock.post("/agents/agt_ann/chat", ["persist": "true", "more": 1]).status == 201)
    }
  }

  @Test func recordsHaveBounds() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      func rate() async -> String {
        let reply = await mock.post(client.path + "/ratings", ["message_id": "m", "score": 1])
        return client.path + "/ratings/\(reply["id"]?.string ?? "")"
      }
      let first = await rate()
      for _ in 1..<AgentRecords.ratingLimit { _ = await rate() }
      #expect(await mock.send("PATCH", first, [:]).status == 200)
      _ = await rate()
      #expect(await mock.send("PATCH", first, [:]).status == 404, "the oldest is forgotten")
      for _ in 1..<AgentRecords.chatLimit { _ = await mock.post("/agents/agt_ann/chat", [:]) }
      #expect(await client.ask("Hello").status == 200)
      _ = await mock.post("/agents/agt_ann/chat", [:])
      #expect(await client.ask("Hello")["description"] == "chat not found")
    }
    var records = AgentRecords()
    for number in 0...AgentRecords.clientKeyLimit { records.keep(clientKey: "ck_\(number)!") }
    #expect(!records.hasIssued("ck_0!") && records.hasIssued("ck_1!.page_1"))
  }

  @Test func aStreamHasRoomForSoManyAnswers() async throws {
    try await MockFixture.run { mock in
      let client = try await AgentClient(mock)
      for _ in 0..<TalkQueue.waitingLimit { #expect(await client.ask("Hello").status == 200) }
      #expect(await client.ask("Hello").status == 429)
    }
  }
}
