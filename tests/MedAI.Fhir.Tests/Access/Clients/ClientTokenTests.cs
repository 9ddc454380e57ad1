using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Access.Clients;

/// <summary>Tokens of an EHR on real Kestrel: the good ones open the door once, every other one gets the same answer.</summary>
public sealed class ClientTokenTests : IAsyncLifetime
{
    private const string Services = "/cds-services";

    private readonly FakeEhr _ehr = new();
    private MedAIServer _server = null!;

    private string Service => _server.Origin + Call.Hook;

    private readonly HeardLog _log = new();

    public async ValueTask InitializeAsync() => _server = await _ehr.ServeAsync(_log, "--Clients:Trusted:0:Tenants:0", "north", "--Clients:Trusted:0:MayReadFeedback", "true");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ehr.Dispose();
    }

    private Task<Answer> HookAsync(string? token, string scheme = "Bearer") => FakeEhr.SendAsync(_server, HttpMethod.Post, Call.Hook, token, Call.PatientView("demo-deteriorating"), scheme);

    private async Task AssertRefusedAsync(string? token, string what, string scheme = "Bearer") => AssertRefused(await HookAsync(token, scheme), what);

    /// <summary>All refusals look alike to the byte.</summary>
    private static void AssertRefused(Answer answer, string what)
    {
        Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{what}: {answer.Status}");
        Assert.Equal("", answer.Text);
        Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(["Cache-Control", "Date", "WWW-Authenticate", "X-Content-Type-Options", "X-Request-ID"], answer.Response.Headers.Select(h => h.Key).Order(StringComparer.Ordinal));
    }

    [Theory, Trait("promise", "W2"), Trait("promise", "W7")]
    [InlineData("ES384")]
    [InlineData("RS384")]
    public async Task Good_token_opens_the_door(string algorithm)
    {
        var answer = (await HookAsync(_ehr.Token(Service, algorithm: algorithm))).AssertOk();
        Assert.Single(answer.Cards);
        Assert.All(await _server.AuditAsync(answer), row => Assert.Equal(("ehr", "ehr"), (row.Client, row.Patient!.Tenant)));
    }

    [Fact, Trait("promise", "W4"), Trait("promise", "S-08"), Trait("promise", "M-382")]
    public async Task Tenant_of_the_token_is_part_of_the_patients_key()
    {
        var answer = (await HookAsync(_ehr.Token(Service, p => p["tenant"] = "north"))).AssertOk();
        Assert.Equal("ehr/north", Assert.Single(await _server.AuditAsync(answer)).Patient!.Tenant);
        await AssertRefusedAsync(_ehr.Token(Service, p => p["tenant"] = "south"), "unknown tenant");
        await AssertRefusedAsync(_ehr.Token(Service, p => p["tenant"] = 7), "tenant of another type");
    }

    [Fact, Trait("promise", "W5"), Trait("promise", "B6"), Trait("promise", "D9")]
    public async Task Audience_is_the_called_address_of_discovery_service_feedback_and_summary()
    {
        (await FakeEhr.SendAsync(_server, HttpMethod.Get, Services, _ehr.Token(_server.Origin + Services))).AssertOk();
        string card = (await HookAsync(_ehr.Token(Service, p => p["aud"] = new JsonArray("https://other.example.org", Service)))).AssertOk().Card.GetProperty("uuid").GetString()!;
        var feedback = JsonNode.Parse($$"""{"feedback":[{"card":"{{card}}","outcome":"overridden","outcomeTimestamp":"2026-03-02T08:00:00Z"}]}""")!;
        (await FakeEhr.SendAsync(_server, HttpMethod.Post, Call.Hook + "/feedback", _ehr.Token(Service + "/feedback"), feedback)).AssertOk();
        (await FakeEhr.SendAsync(_server, HttpMethod.Get, "/feedback/summary", _ehr.Token(_server.Origin + "/feedback/summary"))).AssertOk();

        AssertRefused(await FakeEhr.SendAsync(_server, HttpMethod.Get, Services, null), "discovery without a token");
        AssertRefused(await FakeEhr.SendAsync(_server, HttpMethod.Get, Services, _ehr.Token(Service)), "discovery with a service's token");
        AssertRefused(await FakeEhr.SendAsync(_server, HttpMethod.Post, Call.Hook + "/feedback", _ehr.Token(Service), feedback), "feedback with the service's token");
        AssertRefused(await FakeEhr.SendAsync(_server, HttpMethod.Get, "/feedback/summary", null), "summary without a token");
    }

    [Fact, Trait("promise", "W5")]
    public async Task Behind_a_proxy_the_public_origin_counts()
    {
        await using var server = await _ehr.ServeAsync("--MedAI:PublicOrigin", "https://medai.example.org");
        (await FakeEhr.SendAsync(server, HttpMethod.Get, Services, _ehr.Token("https://medai.example.org" + Services))).AssertOk();
        AssertRefused(await FakeEhr.SendAsync(server, HttpMethod.Get, Services, _ehr.Token(server.Origin + Services)), "the inner address");
    }

    [Fact, Trait("promise", "S-01"), Trait("promise", "W6"), Trait("promise", "P-16")]
    public async Task Unsigned_tokens_are_refused_and_audited()
    {
        foreach (string none in (string[])["none", "None", "nOnE", ""])
        {
            string token = _ehr.Token(Service, header: h => h["alg"] = none);
            await AssertRefusedAsync(token, none);
            await AssertRefusedAsync(token[..(token.LastIndexOf('.') + 1)], none + " without a signature");
        }
        string signed = _ehr.Token(Service);
        await AssertRefusedAsync(signed[..(signed.LastIndexOf('.') + 1)], "an empty signature");
        await AssertRefusedAsync(signed[..signed.LastIndexOf('.')], "two parts");
        var last = await HookAsync(null);
        AssertRefused(last, "no token");
        var row = Assert.Single(await _server.AuditAsync(last));
        Assert.Equal(("access", "unknown", "error", 401), (row.Trigger, row.Client, row.Outcome, row.Status));
        Assert.Null(row.Patient);
    }

    [Fact, Trait("promise", "S-02"), Trait("promise", "W6"), Trait("promise", "W7")]
    public async Task Other_algorithms_are_refused_even_when_the_signature_fits()
    {
        foreach (string algorithm in (string[])["HS256", "HS384", "RS256", "PS384"])
        {
            await AssertRefusedAsync(_ehr.Token(Service, algorithm: algorithm), algorithm);
            await AssertRefusedAsync(_ehr.Token(Service, header: h => h["kid"] = "ec", algorithm: algorithm), algorithm + " with the EC key");
        }
        // The algorithm of one key with the id of the other.
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h["kid"] = "rsa"), "ES384 with the RSA key's id");
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h["kid"] = "ec", algorithm: "RS384"), "RS384 with the EC key's id");
        await using var server = await _ehr.ServeAsync("--Clients:Trusted:0:Algorithms:0", "PS384");
        (await FakeEhr.SendAsync(server, HttpMethod.Get, Services, _ehr.Token(server.Origin + Services, algorithm: "PS384"))).AssertOk();
        AssertRefused(await FakeEhr.SendAsync(server, HttpMethod.Get, Services, _ehr.Token(server.Origin + Services)), "ES384 where it is not configured");
    }

    [Fact, Trait("promise", "S-03")]
    public async Task Changed_byte_is_refused()
    {
        string[] parts = _ehr.Token(Service).Split('.');
        string payload = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1]));
        string changed = FakeEhr.Encode(Encoding.UTF8.GetBytes(payload.Replace("\"t-", "\"u-", StringComparison.Ordinal)));
        await AssertRefusedAsync($"{parts[0]}.{changed}.{parts[2]}", "changed payload");
        char flipped = parts[2][5] == 'A' ? 'B' : 'A';
        await AssertRefusedAsync($"{parts[0]}.{parts[1]}.{parts[2][..5]}{flipped}{parts[2][6..]}", "changed signature");
        (await HookAsync(string.Join('.', parts))).AssertOk();
    }

    [Fact, Trait("promise", "S-05"), Trait("promise", "W8")]
    public async Task Keys_that_a_token_brings_along_are_ignored()
    {
        using var thief = new FakeEhr();
        foreach (string member in (string[])["jwk", "x5c", "x5u", "jku"])
        {
            string token = thief.Token(Service, header: h => h[member] = member switch
            {
                "jwk" => thief.EcKey(),
                "x5c" => new JsonArray(Convert.ToBase64String(thief.Ec.ExportSubjectPublicKeyInfo())),
                _ => "https://evil.example.org/jwks.json",
            });
            await AssertRefusedAsync(token, member);
        }
    }

    [Fact, Trait("promise", "S-06"), Trait("promise", "W3")]
    public async Task Key_ids_of_all_sorts_are_refused()
    {
        foreach (string kid in (string[])["../../etc/passwd", "' OR 1=1--", new string('k', 3_000), "a\r\nSet-Cookie: b", "EC", "", " ec"])
            await AssertRefusedAsync(_ehr.Token(Service, header: h => h["kid"] = kid), kid.Length > 100 ? "a long kid" : kid);
        // 64 KB of header never get past the web server.
        var huge = await HookAsync(_ehr.Token(Service, header: h => h["kid"] = new string('k', 65_536)));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, huge.Status);
        Assert.DoesNotContain("kkkk", huge.Text, StringComparison.Ordinal);
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h.Remove("kid")), "no kid");
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h["kid"] = 5), "a number as kid");
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h.Remove("typ")), "no typ");
        await AssertRefusedAsync(_ehr.Token(Service, header: h => h["typ"] = "JWE"), "another typ");
        Assert.NotEmpty(_log.Lines);
        foreach (string kid in (string[])["etc/passwd", "OR 1=1", "kkkk", "Set-Cookie"])
            Assert.DoesNotContain(_log.Lines, l => l.Contains(kid, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "S-07"), Trait("promise", "W10")]
    public async Task Token_works_once_however_many_copies_race()
    {
        string token = _ehr.Token(Service);
        (await HookAsync(token)).AssertOk();
        AssertRefused(await HookAsync(token), "a second time");

        string raced = _ehr.Token(_server.Origin + Services);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FakeEhr.SendAsync(_server, HttpMethod.Get, Services, raced)));
        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(49, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));
    }

    public static TheoryData<string> Faults =>
    [
        "aud other", "aud slash", "aud case", "aud array", "aud none", "aud number", "exp past", "exp none", "exp text", "exp huge", "iat future", "iat none", "exp before iat", "life", "jti none",
        "jti empty", "jti long", "iss other", "iss none", "iss slash", "nbf future",
    ];

    [Theory, MemberData(nameof(Faults)), Trait("promise", "S-08"), Trait("promise", "W4"), Trait("promise", "W10")]
    public async Task One_wrong_claim_is_enough(string fault)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await AssertRefusedAsync(_ehr.Token(Service, p =>
        {
            switch (fault)
            {
                case "aud other": p["aud"] = _server.Origin + "/cds-services/chest-xray-pneumonia"; break;
                case "aud slash": p["aud"] = Service + "/"; break;
                case "aud case": p["aud"] = Service.ToUpperInvariant(); break;
                case "aud array": p["aud"] = new JsonArray(_server.Origin, _server.Origin + Services); break;
                case "aud none": p.Remove("aud"); break;
                case "aud number": p["aud"] = 1; break;
                case "exp past": p["iat"] = now - 400; p["exp"] = now - 100; break;
                case "exp none": p.Remove("exp"); break;
                case "exp text": p["exp"] = "soon"; break;
                case "exp huge": p["exp"] = long.MaxValue; break;
                case "iat future": p["iat"] = now + 200; break;
                case "iat none": p.Remove("iat"); break;
                case "exp before iat": p["iat"] = now + 20; p["exp"] = now + 10; break;
                case "life": p["exp"] = now + 3_700; break;
                case "jti none": p.Remove("jti"); break;
                case "jti empty": p["jti"] = ""; break;
                case "jti long": p["jti"] = new string('j', 1_000); break;
                case "iss other": p["iss"] = "https://evil.example.org"; break;
                case "iss none": p.Remove("iss"); break;
                case "iss slash": p["iss"] = FakeEhr.Issuer + "/"; break;
                case "nbf future": p["nbf"] = now + 200; break;
                default: throw new InvalidOperationException(fault);
            }
        }), fault);
    }

    /// <summary>Whichever claim is wrong, a refusal takes as long as that of a wrong signature: nobody learns by the clock which issuers and tenants there are.</summary>
    /// <remarks>The fastest of many rounds each, taken in turn: noise makes a round slower and never faster. Without the check of a signature a refusal takes a tenth of the time.</remarks>
    [Fact, Trait("promise", "S-08")]
    public async Task Refusals_take_the_same_time_whatever_is_wrong()
    {
        var tokens = _server.App.Services.GetRequiredService<ClientTokens>();
        string signed = _ehr.Token(Service);
        var faults = new Dictionary<string, string>
        {
            ["signature"] = signed[..^6] + "AAAAAA",
            ["issuer"] = _ehr.Token(Service, p => p["iss"] = "https://evil.example.org"),
            ["audience"] = _ehr.Token(Service, p => p["aud"] = "https://evil.example.org"),
            ["expiry"] = _ehr.Token(Service, p => p["exp"] = 1_000),
            ["tenant"] = _ehr.Token(Service, p => p["tenant"] = "south"),
            ["jti"] = _ehr.Token(Service, p => p.Remove("jti")),
            ["key id"] = _ehr.Token(Service, header: h => h["kid"] = "nobody"),
            ["key of another kind"] = _ehr.Token(Service, header: h => h["kid"] = "rsa"),
            ["type"] = _ehr.Token(Service, header: h => h["typ"] = "JWE"),
        };
        for (int attempt = 1; ; attempt++)
        {
            var fastest = faults.Keys.ToDictionary(f => f, _ => TimeSpan.MaxValue);
            for (int round = 0; round < 60; round++)
            {
                foreach (var (fault, token) in faults)
                {
                    long start = System.Diagnostics.Stopwatch.GetTimestamp();
                    Assert.Null(await tokens.IdentifyAsync("Bearer " + token, Service, TestContext.Current.CancellationToken));
                    var took = System.Diagnostics.Stopwatch.GetElapsedTime(start);
                    if (took < fastest[fault])
                        fastest[fault] = took;
                }
            }
            if (attempt < 3 && !fastest.Values.All(t => t > fastest["signature"] / 3 && t < fastest["signature"] * 3))
                continue;
            Assert.All(fastest, f => Assert.True(f.Value > fastest["signature"] / 3 && f.Value < fastest["signature"] * 3, $"{f.Key}: {f.Value}, a wrong signature: {fastest["signature"]}"));
            return;
        }
    }

    [Fact, Trait("promise", "S-09")]
    public async Task Encrypted_long_and_broken_tokens_are_not_opened()
    {
        string[] parts = _ehr.Token(Service).Split('.');
        string jwe = FakeEhr.Encode("""{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"JWT","kid":"ec"}"""u8);
        await AssertRefusedAsync($"{jwe}..AAAA.{new string('A', 20_000)}.AAAA", "JWE");
        await AssertRefusedAsync($"{parts[0]}.{new string('A', 20_000)}.{parts[2]}", "a long token");
        await AssertRefusedAsync("...", "dots");
        await AssertRefusedAsync("a.b.c", "letters");
        await AssertRefusedAsync($"{FakeEhr.Encode("[]"u8)}.{parts[1]}.{parts[2]}", "a header that is no object");
        await AssertRefusedAsync($"{parts[0]}.{FakeEhr.Encode("1"u8)}.{parts[2]}", "a payload that is no object");
        await AssertRefusedAsync(string.Join('.', parts), "another scheme", scheme: "Basic");
    }

    [Fact, Trait("promise", "S-09")]
    public async Task Token_of_a_megabyte_is_refused_before_anything_is_made_of_it()
    {
        var tokens = _server.App.Services.GetRequiredService<ClientTokens>();
        string jwe = FakeEhr.Encode("""{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"JWT","kid":"ec"}"""u8);
        foreach (string token in (string[])[$"Bearer a.{new string('A', 1 << 20)}.b", $"Bearer {jwe}..AAAA.{new string('A', 1 << 20)}.AAAA"])
        {
            Assert.Null(await tokens.IdentifyAsync(token, Service, TestContext.Current.CancellationToken));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 4; i++)
                _ = tokens.IdentifyAsync(token, Service, TestContext.Current.CancellationToken).AsTask();
            // Four times a copy of the header's text (2 MB in memory), and nothing of its content.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * (2 << 20) + (1 << 20));
        }
    }

    [Fact, Trait("promise", "S-11")]
    public async Task Token_in_the_address_is_400()
    {
        var answer = await FakeEhr.SendAsync(_server, HttpMethod.Get, Services + "?access_token=" + _ehr.Token(_server.Origin + Services), null);
        answer.AssertFailure(HttpStatusCode.BadRequest, "malformed-request", hook: true);
        Assert.DoesNotContain("eyJ", answer.Text, StringComparison.Ordinal);
        var inPath = await FakeEhr.SendAsync(_server, HttpMethod.Post, Services + "/" + _ehr.Token(Service), null, new JsonObject());
        AssertRefused(inPath, "a token in the path");
        Assert.NotEmpty(_log.Lines);
        Assert.All(_log.Lines, l => Assert.DoesNotContain("eyJ", l, StringComparison.Ordinal));
    }

    [Fact, Trait("promise", "S-12")]
    public async Task Source_of_many_bad_tokens_has_to_wait_and_can_come_back()
    {
        await using var server = await _ehr.ServeAsync("--Clients:RefusalsPerSecond", "5");
        var statuses = new List<HttpStatusCode>();
        for (int i = 0; i < 40; i++)
            statuses.Add((await FakeEhr.SendAsync(server, HttpMethod.Get, Services, "bad")).Status);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
        Assert.All(statuses, s => Assert.Contains(s, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests]));
        // No more audit rows than refusals that were looked at.
        var audit = await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(1_000, TestContext.Current.CancellationToken);
        Assert.Equal(statuses.Count(s => s == HttpStatusCode.Unauthorized), audit.Count(r => r.Trigger == "access"));
        for (int attempt = 0; attempt < 100; attempt++)
        {
            if ((await FakeEhr.SendAsync(server, HttpMethod.Get, Services, _ehr.Token(server.Origin + Services))).Status == HttpStatusCode.OK)
                return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        Assert.Fail("A good client was never let in again.");
    }

    /// <summary>The limit acts by source: who sends good tokens from elsewhere is served while a flood is on, and the flood leaves no more than the limit lets through.</summary>
    [Fact, Trait("promise", "S-12")]
    public async Task Good_client_is_served_while_another_source_floods()
    {
        var log = new HeardLog(Microsoft.Extensions.Logging.LogLevel.Information);
        await using var server = await _ehr.ServeAsync(log, "--Clients:RefusalsPerSecond", "20");
        using var flooding = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        int bad = 0;
        var flood = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (!flooding.IsCancellationRequested)
            {
                // A token that costs a signature check where nothing stops it before.
                string token = _ehr.Token(server.Origin + Services);
                var status = (await FakeEhr.SendAsync(server, HttpMethod.Get, Services, token[..^4] + "AAAA")).Status;
                Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests]);
                Interlocked.Increment(ref bad);
            }
        }));
        using var elsewhere = Elsewhere(server.Origin);
        for (int i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Services);
            request.Headers.Authorization = new("Bearer", _ehr.Token(server.Origin + Services));
            using var answer = await elsewhere.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        await flood;
        var rows = (await server.App.Services.GetRequiredService<IAuditTrail>().ReadNewestAsync(10_000, TestContext.Current.CancellationToken)).Count(r => r.Trigger == "access");
        // A window of one second each, the first and the last cut.
        Assert.InRange(rows, 1, 20 * 8);
        Assert.True(bad >= rows);
        Assert.InRange(log.Lines.Count(l => l.Contains("was refused", StringComparison.Ordinal)), 1, rows);
        Assert.DoesNotContain(log.Lines, l => l.Contains("answered 401", StringComparison.Ordinal) || l.Contains("answered 429", StringComparison.Ordinal));
        // A line for each refusal that was looked at, the ten good answers and what a server says of itself: nothing for each request of the flood.
        Assert.InRange(log.Lines.Count, 1, (2 * rows) + 200);
    }

    /// <summary>A client on another loopback address of this machine.</summary>
    private static HttpClient Elsewhere(string origin) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, stop) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
            await socket.ConnectAsync(context.DnsEndPoint.Host == "127.0.0.1" ? IPAddress.Loopback : throw new InvalidOperationException(context.DnsEndPoint.Host), context.DnsEndPoint.Port, stop);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri(origin) };

    [Fact, Trait("promise", "M-382")]
    public async Task Client_without_the_right_may_not_read_the_summary()
    {
        await using var server = await _ehr.ServeAsync();
        (await FakeEhr.SendAsync(server, HttpMethod.Get, "/feedback/summary", _ehr.Token(server.Origin + "/feedback/summary"))).AssertFailure(HttpStatusCode.Forbidden, "forbidden", hook: true);
    }

    [Fact, Trait("promise", "M-383"), Trait("promise", "S-07")]
    public void Tokens_are_forgotten_when_they_have_expired_and_no_sooner()
    {
        var clock = new MovedClock(Call.SampleTime);
        var memory = new TokenMemory(Options.Create(new ClientsOptions { RememberedTokens = 1_000 }), clock);
        for (int i = 0; i < 1_000; i++)
            Assert.True(memory.TryUse("iss", $"t{i}", clock.Now.AddSeconds(60 + (i % 2 * 60))));
        Assert.False(memory.TryUse("iss", "one more", clock.Now.AddSeconds(60)));
        Assert.False(memory.TryUse("iss", "t0", clock.Now.AddSeconds(60)));
        clock.Now = clock.Now.AddSeconds(61);
        Assert.True(memory.TryUse("iss", "one more", clock.Now.AddSeconds(60)));
        Assert.False(memory.TryUse("iss", "t1", clock.Now.AddSeconds(60)));
        Assert.True(memory.TryUse("other", "t1", clock.Now.AddSeconds(60)));
        Assert.Equal(502, memory.Count);
    }

    public static TheoryData<string, string, string> BadClients => new()
    {
        { "Name", "two words", "Name" },
        { "Issuer", "ehr", "Issuer" },
        { "JwksFile", "/no/such/file", "JwksFile" },
        { "Algorithms:0", "HS256", "Algorithms" },
        { "Algorithms:0", "none", "Algorithms" },
    };

    [Theory, MemberData(nameof(BadClients)), Trait("promise", "M-384")]
    public async Task Client_that_cannot_be_trusted_stops_the_start(string setting, string value, string named)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => _ehr.ServeAsync("--Clients:Trusted:0:" + setting, value));
        Assert.Contains("Clients:Trusted:0:" + named, failure.Message, StringComparison.Ordinal);
    }

    [Theory, Trait("promise", "M-384"), Trait("promise", "W9")]
    [InlineData("private")]
    [InlineData("symmetric")]
    [InlineData("short")]
    [InlineData("no kid")]
    [InlineData("twice")]
    [InlineData("none")]
    [InlineData("not JSON")]
    public async Task Key_file_that_cannot_be_trusted_stops_the_start(string fault)
    {
        using var ehr = new FakeEhr();
        var keys = ehr.Jwks();
        var list = keys["keys"]!.AsArray();
        switch (fault)
        {
            case "private": list[0]!["d"] = FakeEhr.Encode(ehr.Ec.ExportParameters(true).D); break;
            case "symmetric": list.Add(new JsonObject { ["kty"] = "oct", ["kid"] = "s", ["k"] = "AAAA" }); break;
            case "short":
                using (var small = System.Security.Cryptography.RSA.Create(1024))
                {
                    var key = small.ExportParameters(false);
                    list.Add(new JsonObject { ["kty"] = "RSA", ["kid"] = "small", ["n"] = FakeEhr.Encode(key.Modulus), ["e"] = FakeEhr.Encode(key.Exponent) });
                }
                break;
            case "no kid": list[0]!.AsObject().Remove("kid"); break;
            case "twice": list[0]!["kid"] = "rsa"; break;
            case "none": list.Clear(); break;
            default: break;
        }
        await File.WriteAllTextAsync(ehr.KeysFile, fault == "not JSON" ? "keys" : keys.ToJsonString(), TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => ehr.ServeAsync());
        Assert.Contains("JwksFile", failure.Message, StringComparison.Ordinal);
    }
}
