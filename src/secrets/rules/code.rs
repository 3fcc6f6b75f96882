//! Forges, package registries, build servers and developers' tools.

use crate::secrets::rule::rules;

rules! { CODE:
    "github-token", "GitHub token", Start, ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], 100, r"gh[pousr]_[A-Za-z0-9_]{36,255}";
    "github-fine-grained-token", "GitHub fine-grained token", Start, ["github_pat_"], 100, r"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59,}|github_pat_\w{82}";
    "github-token-old", "GitHub token", Named, ["github_token", "gh_token", "githubtoken", "github_access_token", "github_api_token", "github_key", "github_secret"], 60, r"[0-9a-f]{40}";
    "gitlab-token", "GitLab token", Start, ["glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glimt-", "glagent-", "gloas-", "glffct-", "glwt-"], 100, r"gl(?:pat|dt|ft|soat|rt|rtr|cbt|ptt|imt|agent|oas|ffct|wt)-[0-9A-Za-z_\-]{20,}(?:\.[0-9a-z.]{2,12}[0-9a-z]{7})?";
    "gitlab-runner-token", "GitLab runner registration token", Start, ["GR1348941"], 100, r"GR1348941[0-9A-Za-z_\-]{20,}";
    "gitlab-session", "GitLab session cookie", Start, ["_gitlab_session="], 90, r"_gitlab_session=([0-9a-z]{32})";
    "bitbucket-token", "Bitbucket app password", Start, ["ATBB", "ATCTT3x"], 95, r"ATBB[A-Za-z0-9]{28,36}|ATCTT3x[A-Za-z0-9_=\-+/]{60,}";
    "bitbucket-secret", "Bitbucket client secret", Named, ["bitbucket"], 70, r"[A-Za-z0-9=_\-]{64}|[A-Za-z0-9]{32}";
    "npm-token", "npm token", Start, ["npm_"], 100, r"npm_[A-Za-z0-9]{36}";
    "npm-token-old", "npm token", Start, ["_authToken"], 90, r"_authToken\s{0,2}=\s{0,2}([0-9A-Za-z][0-9A-Za-z_\-]{19,100})";
    "npm-auth", "npm registry password", Start, ["_auth=", "_auth =", "_password=", "_password ="], 75, r#"_(?:auth|password)\s{0,2}=\s{0,2}["']?([A-Za-z0-9+/]{8,200}={0,2})"#;
    "pypi-token", "PyPI token", Start, ["pypi-AgE"], 100, r"pypi-AgE[A-Za-z0-9_\-]{50,}";
    "rubygems-key", "RubyGems key", Start, ["rubygems_"], 100, r"rubygems_[a-f0-9]{48}";
    "crates-io-token", "crates.io token", Start, ["cio"], 90, r"cio[A-Za-z0-9]{32}";
    "nuget-key", "NuGet key", Start, ["oy2"], 90, r"oy2[a-z0-9]{43}";
    "clojars-token", "Clojars token", Start, ["CLOJARS_"], 100, r"(?i:CLOJARS_)[a-z0-9]{60}";
    "packagist-token", "Packagist token", Start, ["packagist_"], 100, r"packagist_[ou][ru]t_[a-f0-9]{68}";
    "docker-hub-token", "Docker Hub token", Start, ["dckr_pat_", "dckr_oat_"], 100, r"dckr_[po]at_[A-Za-z0-9_\-]{27,40}";
    "docker-config-auth", "Docker registry login", Line, ["\"auth\""], 75, r#""auth"\s{0,3}:\s{0,3}"([A-Za-z0-9+/]{16,400}={0,2})""#;
    "artifactory-key", "Artifactory key", Start, ["AKCp", "cmVmdGtu"], 95, r"AKCp[A-Za-z0-9]{50,80}|cmVmdGtu[A-Za-z0-9]{50,60}";
    "sonar-token", "SonarQube token", Start, ["sqp_", "squ_", "sqa_", "sqb_"], 95, r"sq[puab]_[0-9a-f]{40}";
    "sonar-token-old", "SonarQube token", Named, ["sonar"], 75, r"[0-9a-f]{40}";
    "circleci-token", "CircleCI token", Start, ["CCIPAT_", "CCIPRJ_"], 100, r"CCIP(?:AT|RJ)_[A-Za-z0-9]{10,40}_[a-f0-9]{40}";
    "buildkite-token", "Buildkite token", Start, ["bkua_", "bkaj_", "bkpat_"], 95, r"bk(?:ua|aj|pat)_[a-f0-9]{40}";
    "jenkins-token", "Jenkins token", Named, ["jenkins"], 70, r"(?:11)?[0-9a-f]{32}";
    "travis-token", "Travis CI token", Named, ["travis"], 60, r"[A-Za-z0-9_\-]{20,22}";
    "teamcity-token", "TeamCity token", Start, ["eyJ0eXAiOiAiVENWMiJ9."], 95, r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_\-]{36}\.[A-Za-z0-9_\-]{48}";
    "sourcegraph-token", "Sourcegraph token", Start, ["sgp_", "slk_"], 95, r"sgp_(?:[a-fA-F0-9]{16}_|local_)?[a-fA-F0-9]{40}|slk_[a-f0-9]{64}";
    "sourcegraph-token-old", "Sourcegraph token", Named, ["sourcegraph"], 70, r"[a-f0-9]{40}";
    "postman-key", "Postman key", Start, ["PMAK-", "PMAT-"], 100, r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}|PMAT-[0-9A-Z]{26}";
    "readme-token", "ReadMe key", Start, ["rdme_"], 100, r"rdme_[a-z0-9]{70}";
    "prefect-token", "Prefect token", Start, ["pnu_"], 95, r"pnu_[A-Za-z0-9]{36}";
    "linear-key", "Linear key", Start, ["lin_api_", "lin_oauth_"], 100, r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}";
    "linear-secret", "Linear client secret", Named, ["linear"], 70, r"[a-f0-9]{32}";
    "notion-token", "Notion token", Start, ["ntn_", "secret_"], 90, r"ntn_[0-9]{11}[A-Za-z0-9]{35}|ntn_[A-Za-z0-9]{40,50}|secret_[A-Za-z0-9]{43}";
    "figma-token", "Figma token", Start, ["figd_", "figo_"], 95, r"fig[do]_[A-Za-z0-9_\-]{38,44}";
    "figma-token-old", "Figma token", Named, ["figma"], 75, r"[0-9a-f]{4,6}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "atlassian-token", "Atlassian token", Start, ["ATATT3"], 100, r"ATATT3[A-Za-z0-9_\-=+/]{50,}";
    "atlassian-token-old", "Atlassian token", Named, ["atlassian", "confluence", "jira"], 60, r"[A-Za-z0-9]{20,24}";
    "codeclimate-token", "Code Climate reporter id", Named, ["codeclimate", "cc_test_reporter_id"], 70, r"[a-f0-9]{64}";
    "codecov-token", "Codecov token", Named, ["codecov"], 70, r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|[a-z0-9]{32}";
    "snyk-token", "Snyk token", Named, ["snyk"], 75, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "stackhawk-key", "StackHawk key", Start, ["hawk."], 95, r"hawk\.[A-Za-z0-9_\-]{20}\.[A-Za-z0-9_\-]{20}";
    "dependency-track-key", "Dependency-Track key", Start, ["odt_"], 95, r"odt_[A-Za-z0-9]{32,255}";
    "dependency-track-key-old", "Dependency-Track key", Named, ["dtrack", "dependency-track", "dependencytrack", "dependency_track"], 70, r"[A-Za-z0-9]{32}";
    "gitea-token", "Gitea token", Named, ["gitea", "forgejo"], 70, r"[0-9a-f]{40}";
    "truenas-key", "TrueNAS key", Line, ["truenas", "Bearer ", "api_key", "token"], 85, r#"(?:^|[^A-Za-z0-9\-])(\d{1,3}-[A-Za-z0-9]{64})(?:[^A-Za-z0-9]|$)"#;
    "beamer-token", "Beamer key", Named, ["beamer"], 70, r"b_[A-Za-z0-9=_\-]{44}";
    "launchdarkly-key", "LaunchDarkly key", Start, ["sdk-", "api-", "mob-"], 80, r"(?:sdk|api|mob)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    "launchdarkly-token", "LaunchDarkly token", Named, ["launchdarkly"], 70, r"[A-Za-z0-9=_\-]{40}";
    "settlemint-token", "SettleMint token", Start, ["sm_aat_", "sm_pat_", "sm_sat_"], 95, r"sm_[aps]at_[A-Za-z0-9]{16}";
}
